import { oauth4webapi } from "../contenders/oauth4webapi.mjs";
import { login, ORIGIN } from "./login.mjs";

const { authorize } = oauth4webapi({ origin: ORIGIN });

export default login(async () => (await authorize?.())?.url ?? "");
