// Checks of the arguments of public functions.

import { OAuthError } from "./errors.js";

/** The longest text of an argument, a token or a call of the module, in UTF-16 units. */
export const MAX_LENGTH = 2 ** 20;

/** @param {string | string[]} scope */
export function scopeText(scope) {
  if (typeof scope === "string") return string("scope", scope);
  if (Array.isArray(scope) && scope.every((part) => typeof part === "string")) {
    const length = scope.reduce((total, part) => total + part.length + 1, -1);
    if (length > MAX_LENGTH) throw tooLong("scope");
    return scope.join(" ");
  }
  throw invalid("scope is neither a string nor a list of strings: pass scopes separated by spaces, or a list");
}

/** @param {string} name */
export const tooLong = (name) => invalid(`${name.slice(0, 100)} has more than 1 MiB: pass a shorter one`);

/** @template {object} T @param {string} name @param {T} value @returns {T} */
export function object(name, value) {
  if (typeof value === "object" && value !== null) return value;
  throw invalid(`${name} is not an object: pass an object`);
}

/** @param {string} name @param {unknown} value @returns {string} */
export function string(name, value) {
  if (typeof value !== "string") throw invalid(`${name} is not a string: pass a string`);
  // Before it is copied into the memory of the module, which never shrinks.
  if (value.length > MAX_LENGTH) throw tooLong(name);
  return value;
}

/** @param {string} name @param {unknown} value */
export function optionalString(name, value) {
  return value === undefined || value === null ? "" : string(name, value);
}

/** Rejects a value without the methods of its type. @param {any} value @param {string[]} names @param {string} message */
export function methods(value, names, message) {
  if (names.some((name) => typeof value?.[name] !== "function")) throw invalid(message);
}

/** @param {unknown} store */
export function tokenStore(store) {
  methods(store, ["load", "save", "delete"], "the store is not a TokenStore: pass one, such as memoryStore()");
}

/** The members of an object that have a value. @template {object} T @param {T} members @returns {{ [Name in keyof T]: Exclude<T[Name], undefined> }} */
export function defined(members) {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return /** @type {any} */ (Object.fromEntries(given));
}

/** An error of the configuration, or of an argument. @param {string} message @param {{ cause?: unknown }} [details] */
export function invalid(message, details) {
  return new OAuthError("invalid_configuration", message, details);
}

/**
 * Rejects options with an unknown member: a misspelled one would be ignored, and the default would be used instead.
 *
 * @param {string} of the function or class that takes the options
 * @param {unknown} options
 * @param {string[]} known
 */
export function knownMembers(of, options, known) {
  for (const name of Object.keys(object(`the options of ${of}`, /** @type {object} */ (options)))) {
    if (known.includes(name)) continue;
    const [nearest] = [...known].sort((a, b) => distance(name, a) - distance(name, b));
    throw invalid(`${of} has no option "${name}" among ${known.join(", ")}: pass "${nearest}" instead, or omit it`);
  }
}

/** The Levenshtein distance of two names. @param {string} from @param {string} to */
function distance(from, to) {
  let row = [...to, ""].map((_, at) => at);
  for (const character of from) {
    let least = 0;
    row = row.map((above, at) => {
      const diagonal = /** @type {number} */ (row[at - 1]) + (to[at - 1] === character ? 0 : 1);
      least = at ? Math.min(above + 1, least + 1, diagonal) : above + 1;
      return least;
    });
  }
  return /** @type {number} */ (row.at(-1));
}

/** The longest delay of setTimeout, which takes a longer one for none. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** @param {string} name @param {unknown} value */
export function checkTimeout(name, value) {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= LONGEST_TIMEOUT) return;
  throw invalid(
    `${name} is not a whole number of milliseconds from 1 to ${LONGEST_TIMEOUT}: pass such a number, or omit it`,
  );
}
