// Errors that end a command, and how they are shown.

import { OAuthError } from "grantkit";
import { EXIT } from "./exit-codes.js";

/** @typedef {import("./exit-codes.js").ExitName} ExitName */

/** An error of the command line. The message names the next step; each hint adds one line to it. */
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

/** For Ctrl-C. */
export function interrupted() {
  return new Failure("interrupted", "interrupted before anything was changed: run this again to continue");
}

/** Hints that commands add to errors of the library. @type {WeakMap<object, string[]>} */
const addedHints = new WeakMap();

/** @template {object} E @param {E} error @param {string[]} hints @returns {E} the same error */
export function withHints(error, hints) {
  addedHints.set(error, [...(addedHints.get(error) ?? []), ...hints]);
  return error;
}

/** Members of an OAuthError that --json shows. */
const DETAILS = /** @type {const} */ (["retryable", "retryAfter", "error", "error_description", "error_uri", "status"]);

/** The commands that connect. @param {string} again options that lead to the same grant */
export function connecting(again) {
  return `grantkit self-client${again}, or grantkit login${again}`;
}

/**
 * The next step if it differs in a terminal: the library's speaks to a program of options, members and methods. A step
 * that is a command is a hint, on a line of its own.
 *
 * @param {OAuthError} error
 * @param {string} again options that lead to the same grant
 * @returns {{ next?: string, hints?: string[] } | undefined}
 */
function terminalStep(error, again) {
  switch (error.code) {
    case "reauthorization_required":
      return { hints: [`Connect again: ${connecting(again)}`] };
    case "insufficient_scope":
      return { hints: [`Connect again with that scope: ${connecting(again)}`] };
    case "timeout":
      return { next: "try again later" };
    case "network":
      return { next: "check the host name, the network and TLS, then try again", hints: causes(error) };
    case "store":
      // The next process does not have the tokens that this one could not save.
      return error.tokens && error.retryable ? { next: "run this again" } : undefined;
    default:
      return undefined;
  }
}

/** What happened: the message without its next step. @param {OAuthError} error */
function whatHappened({ message, next }) {
  const end = message.length - next.length - ": ".length;
  return end > 0 && message.endsWith(`: ${next}`) ? message.slice(0, end) : message;
}

/**
 * @param {unknown} error
 * @param {string} [again] options that lead another command to the same grant
 * @returns {{ exit: number, code: ExitName, message: string, hints: string[], details: Record<string, unknown> }}
 */
export function describe(error, again = "") {
  if (hasCode(error, "EPIPE"))
    return described(
      "broken_pipe",
      "the reader closed the output: run this again with a reader that reads it to the end",
    );
  const hints = addedHints.get(Object(error)) ?? [];
  if (error instanceof Failure) return described(error.code, error.message, [...error.hints, ...hints]);
  if (error instanceof OAuthError) {
    const details = DETAILS.map((name) => [name, error[name]]).filter(([, value]) => value !== undefined);
    const step = terminalStep(error, again);
    const message = step ? [whatHappened(error), step.next].filter(Boolean).join(": ") : error.message;
    return described(error.code, message, [...hints, ...(step?.hints ?? [])], Object.fromEntries(details));
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return described("unexpected", message, ["This is a bug in grantkit: please report it with what you did."]);
}

/** @param {ExitName} code @param {string} message @param {string[]} [hints] @param {Record<string, unknown>} [details] */
function described(code, message, hints = [], details = {}) {
  return { exit: EXIT[code], code, message, hints, details };
}

/** The errors of the runtime behind an error of the network. @param {OAuthError} error */
function causes({ cause }) {
  /** @type {string[]} */
  const seen = [];
  for (let inner = /** @type {any} */ (cause); inner instanceof Error && seen.length < 4; inner = inner.cause) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (inner);
    const text = [code, inner.message].filter(Boolean).join(": ");
    if (text && !seen.includes(text)) seen.push(text);
  }
  return seen.length > 0 ? [`The runtime reported: ${seen.join("; ")}`] : [];
}

/** @param {unknown} error @param {...string} codes */
export function hasCode(error, ...codes) {
  return error instanceof Error && codes.includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? "");
}
