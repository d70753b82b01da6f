/** Parameters of a form that are no secret. */
const PUBLIC = ["grant_type", "client_id", "redirect_uri", "scope", "token_type", "token_type_hint"];

const HIDDEN = "not shown, because it holds a secret";

/** The longest text of a server that is shown, in characters. */
const MAX_LENGTH = 500;
/** Control characters, and those that break or reverse lines: they could change the log or terminal that shows them. */
const INVISIBLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** The secrets of a request. @param {{ authorization: string, body: string }} request */
function secretsOf({ authorization, body }) {
  const hidden = [...new URLSearchParams(body)].filter(([name]) => !PUBLIC.includes(name)).map(([, value]) => value);
  if (authorization) {
    const credentials = authorization.slice(6);
    const secret = atob(credentials).replace(/^.*?:/, "");
    hidden.push(credentials, secret, decoded(secret));
  }
  return hidden;
}

/**
 * The fields of an error without the secrets of its request, which the server may have echoed in `error`,
 * `error_description` and `error_uri`. The secrets of the client are redacted by the module; those of the request are only
 * here.
 *
 * @param {string[]} fields code, message, retryable, retryAfter, status, then the server's three texts
 * @param {{ authorization: string, body: string }} [request]
 */
export function redactedFields(fields, request) {
  if (!request) return fields;
  const secrets = secretsOf(request).filter((secret) => secret !== "");
  const [code = "", message = "", retryable = "", retryAfter = "", status = "", error = "", ...rest] = fields;
  const shown = redacted(error, secrets);
  // A message has no other text of the server.
  const whole = error ? message.replace(error, () => shown) : message;
  const [description = "", uri = "", ...tokens] = rest;
  return [
    code,
    whole,
    retryable,
    retryAfter,
    status,
    shown,
    redacted(description, secrets),
    redacted(uri, secrets),
    ...tokens,
  ];
}

/** A text of a server without secrets, also encoded ones, and without control characters. @param {string} text @param {string[]} secrets */
function redacted(text, secrets) {
  // The longest first, since a secret may contain another.
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  let [shown, read] = [text, text];
  // A server may echo the form or a header, encoded once or twice.
  for (let round = 0; round < 3; round += 1) {
    const hidden = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), read);
    if (hidden !== read) shown = hidden;
    read = formDecoded(hidden);
  }
  return [...shown].slice(0, MAX_LENGTH).join("").replace(INVISIBLE, " ");
}

/** One value of a form, decoded. @param {string} text */
function formDecoded(text) {
  return new URLSearchParams(`value=${text.replaceAll("&", "%26")}`).get("value") ?? "";
}

/** @typedef {(text: string) => boolean} Hides whether a text holds a secret */

/**
 * The cause of a failed request, or a copy without its secrets where it shows one: a `fetch` that was handed in may reject
 * with anything, the request itself included.
 *
 * @param {unknown} cause
 * @param {{ authorization: string, body: string }} request
 */
export function withoutSecrets(cause, request) {
  const hidden = secretsOf(request);
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
