import { OAuthClient } from "grantkit";
import { grantkit } from "../contenders/grantkit.mjs";
import { login, ORIGIN } from "./login.mjs";

const { authorize } = grantkit({ OAuthClient })({ origin: ORIGIN });

export default login(async () => (await authorize?.())?.url ?? "");
