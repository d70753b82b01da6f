// What happened, in words, from the events alone.

import { timeline } from "./watch/timeline.js";

/** @typedef {import("./watch/timeline.js").WatchEvent} WatchEvent */
/** @typedef {import("./watch/timeline.js").Arrow} Arrow */

/** @type {Record<string, string>} */
const GRANTS = { refresh_token: "fresh tokens", authorization_code: "the tokens of a code" };

/**
 * One sentence for each arrow between servers, and one for what did not happen.
 *
 * @param {readonly WatchEvent[]} events
 * @returns {{ text: string, bad: boolean }[]}
 */
export function story(events) {
  const { arrows, add } = timeline();
  const own = events.filter((event) => !isControl(event));
  for (const event of own) add(event);
  const said = arrows.flatMap((arrow) => {
    const text = sentence(arrow);
    return text ? [{ text, bad: arrow.first.code !== undefined || (arrow.first.status ?? 0) >= 400 }] : [];
  });
  const reached = new Set(own.map(({ to }) => to));
  if (!reached.has("accounts")) said.push({ text: "No request went to the accounts server.", bad: false });
  if (!reached.has("api")) said.push({ text: "No request went to the CRM.", bad: false });
  return said;
}

/** Of the demo's own making. @param {WatchEvent} event */
function isControl({ path }) {
  return path.startsWith("/api/demo/");
}

/** @param {Arrow} arrow */
function sentence({ first, count }) {
  const { from, to, path, code } = first;
  const many = count > 1 ? `${count} times ` : "";
  if (to === "vault")
    return `The Worker asked the vault ${many}for a token, and ${code ? `was told ${code}` : "got it"}.`;
  if (to === "api") return `The Worker called the CRM ${many}with the token: ${answerOf(first)}.`;
  if (path === "/callback") return code && `The Worker refused the callback: ${code}.`;
  if (from === "browser") return undefined;
  return `${from === "vault" ? "The vault" : "The Worker"} asked the accounts server ${many}${purpose(first)}: ${answerOf(first)}.`;
}

/** @param {WatchEvent} event */
function answerOf({ status, code }) {
  const which = code ? `, which is ${code}` : "";
  return status === undefined ? `there was no answer${which}` : `the answer was HTTP ${status}${which}`;
}

/** @param {WatchEvent} event */
function purpose({ path, grant_type = "" }) {
  return path.includes("revoke") ? "to revoke the grant" : `for ${GRANTS[grant_type] ?? "tokens"}`;
}
