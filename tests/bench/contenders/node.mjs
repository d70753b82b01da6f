import { byNode } from "./by-node.mjs";
import { everywhere } from "./everywhere.mjs";
import { simpleOauth2 } from "./simple-oauth2.mjs";

/** The contenders that run in Node. @param {import("./grantkit.mjs").Library} [before] */
export function inNode(before) {
  return [...everywhere(before), simpleOauth2, byNode];
}
