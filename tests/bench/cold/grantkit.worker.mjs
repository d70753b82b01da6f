import { grantkit } from "../contenders/grantkit.mjs";
import { login, ORIGIN } from "./login.mjs";

const { authorize } = grantkit({ origin: ORIGIN });

export default login(async () => (await authorize?.())?.url ?? "");
