/** Parameters of a form that are no secret. */
const PUBLIC = ["grant_type", "client_id", "redirect_uri", "scope", "token_type", "token_type_hint"];

const HIDDEN = "not shown, because it holds a secret";

/** @typedef {(text: string) => boolean} Hides whether a text holds a secret */

/**
 * The cause of a failed request, or a copy without its secrets where it shows one: a `fetch` that was handed in may reject
 * with anything, the request itself included.
 *
 * @param {unknown} cause
 * @param {{ authorization: string, body: string }} request
 */
export function withoutSecrets(cause, { authorization, body }) {
  const hidden = [...new URLSearchParams(body)].filter(([name]) => !PUBLIC.includes(name)).map(([, value]) => value);
  if (authorization) {
    const credentials = authorization.slice(6);
    const secret = atob(credentials).replace(/^.*?:/, "");
    hidden.push(credentials, secret, decoded(secret));
  }
  /** @type {Hides} */
  const hides = (text) => hidden.some((secret) => text.includes(secret) || decoded(text).includes(secret));
  try {
    return shows(cause, hides, 6, new Set()) ? copy(cause, hides, 6) : cause;
  } catch {
    // Some getter throws.
    return new Error(HIDDEN);
  }
}

/** A text as a form would be read, its parts in a row. @param {string} text */
const decoded = (text) => [...new URLSearchParams(text)].flat().join("");

/** @param {any} value @param {Hides} hides @param {number} depth @param {Set<object>} seen @returns {boolean} */
function shows(value, hides, depth, seen) {
  if (typeof value === "string" || typeof value === "symbol") return hides(String(value));
  if (Object(value) !== value || seen.has(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  const isOpen = Array.isArray(value) || value instanceof Error || !(prototype && Object.getPrototypeOf(prototype));
  // What consoles show of other objects is theirs to say, and what is too deep is not looked through.
  if (!depth || !isOpen) return true;
  seen.add(value);
  const parts = [...Reflect.ownKeys(value), "message"].flatMap((key) => [key, value[key]]);
  return parts.some((part) => shows(part, hides, depth - 1, seen));
}

/** An error with what can be shown of another. @param {any} cause @param {Hides} hides @param {number} depth @returns {Error} */
function copy(cause, hides, depth) {
  const text = (/** @type {string} */ name) =>
    typeof cause[name] === "string" && !hides(cause[name]) ? cause[name] : undefined;
  const copied = new Error(text("message") ?? HIDDEN);
  for (const name of ["name", "code"]) if (text(name)) Object.assign(copied, { [name]: text(name) });
  if (cause.cause && depth) copied.cause = copy(cause.cause, hides, depth - 1);
  return copied;
}
