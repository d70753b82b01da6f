import rows from "virtual:errors";
import { toPageError } from "./api.js";
import { el, svg } from "./element.js";
import { sentence } from "./sentence.js";

/** The CRM's own words that a page meets. @type {Record<string, string>} */
const CRM = {
  INVALID_TOKEN: "Load again; a fresh token is asked for.",
  OAUTH_SCOPE_MISMATCH: "Disconnect, and connect with a scope that covers this module.",
  NO_PERMISSION: "Ask the organisation's administrator for this permission.",
  TOO_MANY_REQUESTS: "Wait a little, and load again.",
};

/** What the README says of a code. @param {string} code */
export function meaning(code) {
  return rows.find((row) => row.code === code);
}

/**
 * An error as it is shown everywhere: code, message, when it may succeed, what to do.
 *
 * @param {unknown} error
 */
export function problem(error) {
  const { code, message, retryable, retryAfter } = toPageError(error);
  const next = meaning(code)?.next ?? CRM[code];
  return el(
    "div",
    { class: "problem" },
    el("p", { class: "problem-code" }, warning(), code),
    el("p", {}, sentence(message)),
    retryable && el("p", { class: "problem-retry" }, retryWords(retryAfter)),
    next && el("p", { class: "problem-next" }, el("strong", {}, "Next step"), ` ${sentence(next)}`),
  );
}

/** @param {number | undefined} retryAfter seconds */
export function retryWords(retryAfter) {
  return retryAfter ? `The same call may succeed in ${duration(retryAfter)}.` : "The same call may succeed later.";
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return `${minutes} min`;
}

export function warning() {
  return svg(
    "svg",
    { class: "sign", viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: "M8 1.8 15 14H1Z" }),
    svg("path", { d: "M8 6.2v3.6M8 11.9v.1" }),
  );
}
