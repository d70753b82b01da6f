// The causes of errors without secrets. A `fetch`, a store or a sealer of the user may throw anything: an error of a
// database quotes the row with the tokens.

const REDACTED = "[redacted]";
export const HIDDEN = "not shown, because it holds a secret";

/** A secret with fewer characters than this is redacted only if it is a whole word: it would match parts of words. */
const SEARCHED_IN_WORDS = 6;
/** So is one that could be a word of the standards, as the `secret` in `invalid_client_secret`: see src/text/redact.rs. */
const WORD = /^[a-z_-]{1,15}$/i;
/** Databases quote the start of a long value, so that each part of a secret of this many characters is redacted. */
const PART = 8;

/** The most that is copied of a cause: levels, items of a list, characters of a text, and values with characters. */
const DEPTH = 6;
const LONGEST_LIST = 2 ** 10;
const LONGEST_TEXT = 2 ** 13;
const LARGEST = 2 ** 16;

/** The members whose texts are secrets. */
const SECRET = /(?:access|refresh|(?<!val)id)_?token$/i;
/** What errors have, though a class may have it as a getter. */
const OF_ERRORS = ["stack", "name", "message", "code"];

/** Returns a text without its secrets. @typedef {(text: string) => string} Clean */

/**
 * Reads a text that may have secrets in other forms: its units, the character that each stands for, and where ranges end
 * that are hidden, by their starts.
 *
 * @typedef {(text: string, found: (text: string, at: number) => number) => { units: ArrayLike<string>, decoded: string, ends: number[] }} Read
 */

/** Matches each of some texts, a short one as a whole word. @param {string[]} texts */
export function anyOf(texts) {
  const patterns = texts.map((text) => {
    const pattern = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return [...text].length < SEARCHED_IN_WORDS || WORD.test(text) ? `(?<![\\w-])${pattern}(?![\\w-])` : pattern;
  });
  return new RegExp(patterns.join("|"), "g");
}

/** Redacts texts and their parts; other values are no secrets. @param {unknown[]} secrets @param {Read} [read] default: as it is @returns {Clean} */
export function redacting(secrets, read) {
  const texts = /** @type {string[]} */ (secrets.filter((secret) => secret && typeof secret === "string"));
  const words = texts.filter((text) => text.length < SEARCHED_IN_WORDS);
  /** @type {Set<string>} */
  const parts = new Set();
  for (const text of texts.filter((text) => !words.includes(text))) {
    parts.add(text);
    for (let at = 0; at + PART <= text.length; at += 1) parts.add(text.slice(at, at + PART));
  }
  const lengths = [...new Set([...parts].map(({ length }) => length))];
  const found = (/** @type {string} */ text, /** @type {number} */ at) =>
    Math.max(0, ...lengths.filter((length) => parts.has(text.slice(at, at + length))));
  return (text) => {
    const { units = text, decoded = text, ends = [] } = read?.(text, found) ?? {};
    let [shown, end] = ["", 0];
    for (let at = 0; at < units.length; at += 1) {
      const begins = at >= end ? REDACTED : "";
      end = Math.max(end, at + found(decoded, at), ends[at] ?? 0);
      shown += at < end ? begins : units[at];
    }
    return words.length ? shown.replace(anyOf(words), REDACTED) : shown;
  };
}

/** The cause of an error, or an error without secrets if it shows one. @param {unknown} cause @param {Clean} clean */
export function cleaned(cause, clean) {
  let left = LARGEST;
  let differs = false;
  const hide = () => {
    differs = true;
    return HIDDEN;
  };
  /** What is being copied, and the copies. @type {Map<object, unknown>} */
  const copies = new Map();

  const copyText = (/** @type {string | symbol} */ value) => {
    const whole = String(value);
    const text = whole.slice(0, Math.min(LONGEST_TEXT, left));
    left -= text.length;
    const shown = clean(text) + (text === whole ? "" : "…");
    differs ||= shown !== whole;
    return shown;
  };

  /** A value without secrets. @param {any} value @param {number} depth @returns {any} */
  const copy = (value, depth) => {
    left -= 1;
    if (left < 0) return hide();
    if (typeof value === "string" || typeof value === "symbol") return copyText(value);
    if (Object(value) !== value) return value;
    if (!depth || typeof value === "function" || ArrayBuffer.isView(value)) return hide();
    try {
      if (!copies.has(value)) copies.set(value, HIDDEN).set(value, copyObject(value, depth - 1));
      return copies.get(value);
    } catch {
      // A proxy or a getter throws, or a list is too long, or of bytes.
      return hide();
    }
  };

  const copyList = (/** @type {any[]} */ list, /** @type {number} */ depth) => {
    const isBytes = list.length >= PART && list.every((item) => item >= 0 && item < 256);
    if (isBytes || list.length > LONGEST_LIST) throw list;
    return list.map((item) => copy(item, depth));
  };

  /** @param {any} of @param {string | symbol} name @param {number} depth @returns {PropertyDescriptor | undefined} */
  const copyMember = (of, name, depth) => {
    const label = String(name);
    const own = Object.getOwnPropertyDescriptor(of, name);
    // Consoles do not call other getters, but other programs do.
    const member = (own && "value" in own) || OF_ERRORS.includes(label) ? of[name] : hide();
    const isSecret = clean(label) !== label || (SECRET.test(label) && typeof member === "string");
    const value = isSecret ? hide() : copy(member, depth);
    if (value === undefined || (value === HIDDEN && name !== "message")) return undefined;
    return { value, enumerable: own?.enumerable ?? name === "code", writable: true, configurable: true };
  };

  /**
   * A copy of an error with its class, of a list, or of another object as a plain one: objects of other classes decide what
   * consoles show of them.
   *
   * @param {any} of
   * @param {number} depth
   */
  const copyObject = (of, depth) => {
    if (Array.isArray(of)) return copyList(of, depth);
    const isError = of instanceof Error;
    const [copied, names] = isError ? [new Error(), OF_ERRORS] : [{}, []];
    for (const name of new Set([...names, ...Reflect.ownKeys(of)])) {
      const member = copyMember(of, name, depth);
      if (member) Object.defineProperty(copied, name, member);
    }
    const prototype = Object.getPrototypeOf(of);
    // Last, since the class may have getters that the copy cannot call.
    if (isError) Object.setPrototypeOf(copied, prototype);
    else if (prototype && Object.getPrototypeOf(prototype)) differs = true;
    return copied;
  };

  const copied = copy(cause, DEPTH);
  if (!differs) return cause;
  if (copied instanceof Error) return copied;
  return typeof copied === "string" ? new Error(copied) : Object.assign(new Error(HIDDEN), copied);
}
