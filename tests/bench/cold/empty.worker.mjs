import { login } from "./login.mjs";

/** Costs what an isolate costs that does nothing. */
export default login(async () => "https://as.example/authorize");
