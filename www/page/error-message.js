import rows from "virtual:errors";
import { toPageError } from "./api.js";
import { el, svg } from "./element.js";
import { sentence } from "./sentence.js";

/** The next step for each error code of the CRM that the page may show. @type {Record<string, string>} */
const CRM_NEXT_STEPS = {
  INVALID_TOKEN: "Load again. grantkit then requests a new access token.",
  OAUTH_SCOPE_MISMATCH: "Disconnect, then connect with a scope that covers this module.",
  NO_PERMISSION: "Ask the organisation's administrator for this permission.",
  TOO_MANY_REQUESTS: "Wait a moment, then load again.",
};

/** The row of an error code in the README's table. @param {string} code */
export function errorRow(code) {
  return rows.find((row) => row.code === code);
}

/**
 * The element that shows an error: its code, its message, when to retry, and the next step.
 *
 * @param {unknown} error
 */
export function errorMessage(error) {
  const { code, message, retryable, retryAfter } = toPageError(error);
  const next = errorRow(code)?.next ?? CRM_NEXT_STEPS[code];
  return el(
    "div",
    { class: "problem" },
    el("p", { class: "problem-code" }, warningIcon(), code),
    el("p", {}, sentence(message)),
    retryable && el("p", { class: "problem-retry" }, retryText(retryAfter)),
    next && el("p", { class: "problem-next" }, el("strong", {}, "Next step"), ` ${sentence(next)}`),
  );
}

/** @param {number | undefined} retryAfter seconds */
function retryText(retryAfter) {
  return retryAfter
    ? `The same request may succeed in ${duration(retryAfter)}.`
    : "The same request may succeed later.";
}

/** @param {number} seconds */
function duration(seconds) {
  return seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}

export function warningIcon() {
  return svg(
    "svg",
    { class: "sign", viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: "M8 1.8 15 14H1Z" }),
    svg("path", { d: "M8 6.2v3.6M8 11.9v.1" }),
  );
}
