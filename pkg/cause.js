// The causes of errors without secrets. A `fetch`, a store or a sealer of the user may throw anything: an error of a
// database quotes the row with the tokens.

const REDACTED = "[redacted]";
export const HIDDEN = "not shown, because it holds a secret";

/** A secret with fewer characters than this is redacted only if it is a whole word: it would match parts of words. */
const SEARCHED_IN_WORDS = 6;
/** Databases quote the start of a long value, so that each part of a secret of this many characters is redacted. */
const PART = 8;

/** Returns a text without its secrets. @typedef {(text: string) => string} Clean */

/** Matches each of some texts, a short one as a whole word. @param {string[]} texts */
export function anyOf(texts) {
  const patterns = texts.map((text) => {
    const pattern = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return [...text].length < SEARCHED_IN_WORDS ? `(?<![\\w-])${pattern}(?![\\w-])` : pattern;
  });
  return new RegExp(patterns.join("|"), "g");
}

/** Redacts texts and their parts; other values are no secrets. @param {unknown[]} secrets @returns {Clean} */
export function redacting(secrets) {
  const texts = /** @type {string[]} */ (secrets.filter((secret) => secret && typeof secret === "string"));
  const words = texts.filter((text) => text.length < SEARCHED_IN_WORDS);
  /** @type {Set<string>} */
  const parts = new Set();
  for (const text of texts.filter((text) => !words.includes(text))) {
    parts.add(text);
    for (let at = 0; at + PART <= text.length; at += 1) parts.add(text.slice(at, at + PART));
  }
  const lengths = [...new Set([...parts].map(({ length }) => length))];
  return (text) => {
    let [shown, end] = ["", 0];
    for (let at = 0; at < text.length; at += 1) {
      const found = lengths.filter((length) => parts.has(text.slice(at, at + length)));
      const begins = at >= end ? REDACTED : "";
      end = Math.max(end, at + Math.max(0, ...found));
      shown += at < end ? begins : text[at];
    }
    return words.length ? shown.replace(anyOf(words), REDACTED) : shown;
  };
}

/** The cause of an error, or a copy without secrets if it shows one. @param {unknown} cause @param {Clean} clean */
export function cleaned(cause, clean) {
  try {
    return shows(cause, clean, 6, new Set()) ? copy(cause, clean, 6) : cause;
  } catch {
    // Some getter throws.
    return new Error(HIDDEN);
  }
}

/** Whether a value may show a secret. @param {any} value @param {Clean} clean @param {number} depth @param {Set<object>} seen @returns {boolean} */
function shows(value, clean, depth, seen) {
  if (typeof value === "string" || typeof value === "symbol") return clean(String(value)) !== String(value);
  if (Object(value) !== value || seen.has(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  const isOpen = Array.isArray(value) || value instanceof Error || !(prototype && Object.getPrototypeOf(prototype));
  // Objects of other classes decide what consoles show of them, and deeper levels are not searched.
  if (!depth || !isOpen) return true;
  seen.add(value);
  const parts = [...Reflect.ownKeys(value), "message"].flatMap((key) => [key, value[key]]);
  return parts.some((part) => shows(part, clean, depth - 1, seen));
}

/**
 * An error of the same class with the texts and numbers of another, cleaned, and so its causes. Other members are
 * omitted: they may hold a secret in any form.
 *
 * @param {any} cause
 * @param {Clean} clean
 * @param {number} depth
 * @returns {Error}
 */
function copy(cause, clean, depth) {
  const source = Object(cause);
  const { message = cause } = source;
  const copied = new Error(typeof message === "string" ? clean(message) : HIDDEN);
  if (cause instanceof Error) Object.setPrototypeOf(copied, Object.getPrototypeOf(cause));
  for (const name of new Set(["stack", "name", "code", ...Object.keys(source)])) {
    const value = typeof source[name] === "string" ? clean(source[name]) : source[name];
    const isShown = ["number", "string"].includes(typeof value) && value !== HIDDEN && clean(name) === name;
    if (isShown && name !== "message") {
      const enumerable = !["stack", "name"].includes(name);
      Object.defineProperty(copied, name, { value, enumerable, writable: true, configurable: true });
    }
  }
  if (source.cause && depth) copied.cause = copy(source.cause, clean, depth - 1);
  return copied;
}
