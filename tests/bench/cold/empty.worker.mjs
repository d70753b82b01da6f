import { login } from "./login.mjs";

/** The cost of an isolate without a library. */
export default login(async () => "https://as.example/authorize");
