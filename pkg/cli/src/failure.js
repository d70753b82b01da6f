// What ends a command before its work is done, and how it is told.

import { OAuthError } from "grantkit";
import { EXIT } from "./exit-codes.js";
import { reworded } from "./wording.js";

/** @typedef {import("./exit-codes.js").ExitName} ExitName */

/** Something to tell the user. The message names the next step; hints say more of it, a line each. */
export class Failure extends Error {
  /**
   * @param {ExitName} code
   * @param {string} message
   * @param {{ hints?: string[], cause?: unknown }} [details]
   */
  constructor(code, message, { hints = [], cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hints = hints;
  }
}

/** @param {string} message @param {string[]} [hints] */
export function usage(message, hints) {
  return new Failure("usage", message, hints && { hints });
}

/** The user ended it. */
export function interrupted() {
  return new Failure("interrupted", "interrupted: nothing was changed");
}

/** Hints for an error of the library, by commands that know more. @type {WeakMap<object, string[]>} */
const added = new WeakMap();

/** The same error, to be told with these hints. @template {object} E @param {E} error @param {string[]} hints @returns {E} */
export function withHints(error, hints) {
  added.set(error, [...(added.get(error) ?? []), ...hints]);
  return error;
}

/** Members of the library's errors that say what the server said. */
const WORDS = /** @type {const} */ (["retryable", "retryAfter", "error", "error_description", "error_uri", "status"]);

/** What the program has for errors of the library that name a step of an application. @type {Partial<Record<ExitName, string>>} */
const NEXT = { reauthorization_required: "Connect again", insufficient_scope: "Connect again with that scope" };

/** The commands that connect. @param {string} again options that lead to the same grant */
export function connecting(again) {
  return `grantkit self-client${again}, or grantkit login${again}`;
}

/**
 * @param {unknown} error
 * @param {string} [again] options that lead another command to the same grant
 * @returns {{ exit: number, code: ExitName, message: string, hints: string[], details: Record<string, unknown> }}
 */
export function describe(error, again = "") {
  if (hasCode(error, "EPIPE")) return told("broken_pipe", "nobody reads the output any more");
  const hints = added.get(Object(error)) ?? [];
  if (error instanceof Failure) return told(error.code, error.message, [...error.hints, ...hints]);
  if (error instanceof OAuthError) {
    const details = WORDS.map((name) => [name, error[name]]).filter(([, value]) => value !== undefined);
    const next = NEXT[error.code];
    const all = [...hints, ...(next ? [`${next}: ${connecting(again)}`] : []), ...causes(error)];
    return told(error.code, reworded(error.message), all, Object.fromEntries(details));
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return told("unexpected", message, ["This is a fault of grantkit's: please report it with what you did."]);
}

/** @param {ExitName} code @param {string} message @param {string[]} [hints] @param {Record<string, unknown>} [details] */
function told(code, message, hints = [], details = {}) {
  return { exit: EXIT[code], code, message, hints, details };
}

/** What the runtime saw, where the library only says that nothing came. @param {OAuthError} error */
function causes({ code, cause }) {
  if (code !== "network") return [];
  /** @type {string[]} */
  const seen = [];
  for (let inner = /** @type {any} */ (cause); inner instanceof Error && seen.length < 4; inner = inner.cause) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (inner);
    const words = [code, inner.message].filter(Boolean).join(": ");
    if (words && !seen.includes(words)) seen.push(words);
  }
  return seen.length > 0 ? [`The runtime saw: ${seen.join("; ")}`] : [];
}

/** @param {unknown} error @param {...string} codes */
export function hasCode(error, ...codes) {
  return error instanceof Error && codes.includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? "");
}
