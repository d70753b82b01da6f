import { arctic } from "./arctic.mjs";
import { byHand } from "./by-hand.mjs";
import { grantkit } from "./grantkit.mjs";
import { oauth4webapi } from "./oauth4webapi.mjs";
import { openidClient } from "./openid-client.mjs";

/** Those that run wherever JavaScript runs. */
export const EVERYWHERE = [grantkit, oauth4webapi, openidClient, arctic, byHand];
