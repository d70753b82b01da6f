import { byNode } from "./by-node.mjs";
import { EVERYWHERE } from "./everywhere.mjs";
import { simpleOauth2 } from "./simple-oauth2.mjs";

/** Those that run in Node. */
export const NODE = [...EVERYWHERE, simpleOauth2, byNode];
