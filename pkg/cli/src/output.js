// The output. Results go to stdout and everything else to stderr, so that `$(grantkit token)` holds only the token.

import pc from "picocolors";
import { EXIT } from "./exit-codes.js";
import { Failure, hasCode } from "./failure.js";

/** @typedef {ReturnType<typeof pc.createColors>} Paint */

/**
 * Whether a stream shows colours (no-color.org, force-color.org).
 *
 * @param {{ isTTY?: boolean }} stream
 * @param {NodeJS.ProcessEnv} env
 */
export function hasColors({ isTTY }, { NO_COLOR, FORCE_COLOR, TERM }) {
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== "0";
  return Boolean(isTTY) && TERM !== "dumb";
}

/** Control characters, and those that break or reverse lines: a terminal would obey them. */
const CONTROL_CHARACTERS = /(?![\n\t])[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** Untrusted text with its control characters escaped; JSON keeps its meaning. @param {string} text */
export function plain(text) {
  return text.replace(CONTROL_CHARACTERS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export class Output {
  /** @param {{ stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream, env: NodeJS.ProcessEnv, json: boolean }} settings */
  constructor({ stdout, stderr, env, json }) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.json = json;
    /** For stdout. @type {Paint} */
    this.paint = pc.createColors(hasColors(stdout, env));
    /** For stderr. @type {Paint} */
    this.notePaint = pc.createColors(hasColors(stderr, env));
  }

  /** @param {string} text */
  note(text) {
    this.stderr.write(`${text}\n`);
  }

  /** @param {string} text */
  warn(text) {
    this.note(`${this.notePaint.yellow("warning:")} ${text}`);
  }

  /** @param {string | Uint8Array} data @returns {Promise<void>} rejects if the reader has closed the pipe, or the write fails */
  print(data) {
    return new Promise((resolve, reject) => {
      this.stdout.write(data, (error) => (error ? reject(writeError(error)) : resolve()));
    });
  }

  /** @param {import("./context.js").Result} result */
  async result({ facts, text, exit = EXIT.ok }) {
    if (this.json) await this.print(`${plain(JSON.stringify({ ok: exit === EXIT.ok, ...facts }))}\n`);
    else if (text !== undefined) await this.print(`${text}\n`);
  }

  /** @param {ReturnType<typeof import("./failure.js").describe>} failure */
  async fail(failure) {
    const { code, message, hints, details } = failure;
    if (!this.json) return this.printError(failure);
    const error = { code, message, hints, ...details };
    await this.print(`${plain(JSON.stringify({ ok: false, error }))}\n`).catch(() => this.printError(failure));
  }

  /** On stderr. @param {Pick<ReturnType<typeof import("./failure.js").describe>, "code" | "message" | "hints">} failure */
  printError({ code, message, hints }) {
    this.note(`${this.notePaint.red(`grantkit: ${code}:`)} ${plain(message)}`);
    for (const hint of hints) this.note(`  ${plain(hint)}`);
  }

  /** Names and values in two columns; rows without a value are omitted. @param {[name: string, value: string | undefined][]} rows */
  table(rows) {
    const shown = rows.filter(([, value]) => value !== undefined);
    const width = Math.max(...shown.map(([name]) => name.length));
    return shown.map(([name, value]) => `  ${this.paint.dim(name.padEnd(width))}  ${plain(`${value}`)}`).join("\n");
  }
}

/** @param {NodeJS.ErrnoException} cause */
function writeError(cause) {
  if (hasCode(cause, "EPIPE")) return cause;
  return new Failure("store", `the output cannot be written (${cause.code}): check where stdout leads`, { cause });
}

/** A duration for people. @param {number} seconds not negative */
export function duration(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** @param {number} seconds since the epoch */
export function moment(seconds) {
  return new Date(seconds * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");
}

/** How long an access token is valid. @param {number | undefined} expires_at @param {number} now seconds */
export function lifetime(expires_at, now) {
  if (expires_at === undefined) return "the server gave no lifetime";
  const left = expires_at - now;
  return left > 0 ? `valid for ${duration(left)}, until ${moment(expires_at)}` : `expired ${duration(-left)} ago`;
}
