// Describes the recorded events in sentences.

import { failed, timeline } from "./watch/timeline.js";

/** @typedef {import("./watch/timeline.js").WatchEvent} WatchEvent */
/** @typedef {import("./watch/timeline.js").Arrow} Arrow */

/** The credential in a token request, by grant type. @type {Record<string, string>} */
const CREDENTIALS = { refresh_token: " with the refresh token", authorization_code: " with the code" };

/**
 * One sentence for each arrow between servers, and one for each server that received no request.
 *
 * @param {readonly WatchEvent[]} events
 * @returns {{ text: string, failed: boolean }[]}
 */
export function summarizeEvents(events) {
  const { arrows, add } = timeline();
  const ownEvents = events.filter(({ path }) => !path.startsWith("/api/demo/"));
  for (const event of ownEvents) add(event);
  const lines = arrows.flatMap((arrow) => {
    const text = describeArrow(arrow);
    return text ? [{ text, failed: failed(arrow.first) }] : [];
  });
  const recipients = new Set(ownEvents.map(({ to }) => to));
  if (!recipients.has("accounts")) lines.push({ text: "The accounts server received no request.", failed: false });
  if (!recipients.has("api")) lines.push({ text: "The CRM received no request.", failed: false });
  return lines;
}

/** @param {Arrow} arrow */
function describeArrow({ first, count }) {
  const { from, to, path, code } = first;
  const times = count > 1 ? ` ${count} times` : "";
  if (to === "vault") {
    const result = code ? `the error ${code}` : "it";
    return `The Worker requested an access token from the vault${times} and received ${result}.`;
  }
  if (to === "api") return `The Worker called the CRM${times}: ${describeResponse(first)}.`;
  if (path === "/callback") return code && `The Worker rejected the callback: ${code}.`;
  if (from === "browser") return undefined;
  return `The ${from === "vault" ? "vault" : "Worker"} sent ${describeRequests(first, count)}: ${describeResponse(first)}.`;
}

/** @param {WatchEvent} event */
function describeResponse({ status, code }) {
  const response = status === undefined ? "no response" : `HTTP ${status}`;
  return code ? `${response}, ${code}` : response;
}

/** Requests to the accounts server. @param {WatchEvent} event @param {number} count */
function describeRequests({ path, grant_type = "" }, count) {
  const kind = path.includes("revoke") ? "revocation" : "token";
  const requests = count > 1 ? `${count} ${kind} requests` : `a ${kind} request`;
  return `${requests}${CREDENTIALS[grant_type] ?? ""}`;
}
