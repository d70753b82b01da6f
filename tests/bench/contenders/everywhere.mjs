import { OAuthClient } from "grantkit";
import { arctic } from "./arctic.mjs";
import { byHand } from "./by-hand.mjs";
import { grantkit, grantkitBefore } from "./grantkit.mjs";
import { oauth4webapi } from "./oauth4webapi.mjs";
import { openidClient } from "./openid-client.mjs";

/** Today's grantkit and, if one is given, an older one. @param {import("./grantkit.mjs").Library} [before] */
export function grantkits(before) {
  return [grantkit({ OAuthClient }), ...(before ? [grantkitBefore(before)] : [])];
}

/** The contenders that run in every runtime. @param {import("./grantkit.mjs").Library} [before] */
export function everywhere(before) {
  return [...grantkits(before), oauth4webapi, openidClient, arctic, byHand];
}
