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

/** Options that callers pass to another function than the one that has them, by that one. */
const OPTIONS = {
  OAuthClient: [
    "client_id",
    "client_secret",
    "token_endpoint_auth_method",
    "redirect_uri",
    "fetch",
    "timeoutMs",
    "clock",
  ],
  TokenManager: ["key", "leeway", "storeTimeoutMs"],
  "zoho()": ["location", "accountsServer", "apiDomain"],
  "authorizationRequest()": ["scope", "parameters", "return_to", "maxAge"],
};

/**
 * Rejects options with an unknown member: a misspelled one would be ignored, and the default would be used instead.
 *
 * @param {string} of the function or class that takes the options
 * @param {unknown} options
 * @param {string[]} known
 * @param {string} [next] what to do with a name that is like no known one
 */
export function knownMembers(of, options, known, next) {
  if (typeof options !== "object" || !options || Array.isArray(options))
    throw invalid(`the options of ${of} are not an object: pass an object, such as { ${known[0]} }`);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const [home, names] = Object.entries(OPTIONS).find(([, names]) => nearest(name, names)) ?? [];
    const advice = near
      ? `pass "${near}" instead`
      : (next ?? (names ? `pass "${nearest(name, names)}" to ${home}` : "remove it"));
    // A parameter of the server may have nearly the name of an option, as max_age has.
    const other = near && known.includes("parameters") ? "put it into parameters" : "omit it";
    const list = known.join(", ");
    throw invalid(`${of} has no option "${name.slice(0, 100)}" among ${list}: ${advice}, or ${other}`);
  }
}

/** The known name that was probably meant. @param {string} name @param {string[]} known */
function nearest(name, known) {
  const text = plain(name);
  const most = Math.max(1, Math.floor(text.length / 3));
  const found = known.map((other) => ({ other, far: edits(text, plain(other)) })).sort((a, b) => a.far - b.far)[0];
  if (found && found.far <= most) return found.other;
  return text.length > 3 ? known.find((other) => plain(other).includes(text)) : undefined;
}

/** A name in any of the usual spellings. @param {string} name */
const plain = (name) => name.slice(0, 100).toLowerCase().replaceAll(/[_-]/g, "");

/** How many edits make one text of another: a character inserted, removed or replaced, or two exchanged. @param {string} from @param {string} to */
function edits(from, to) {
  /** @type {number[]} */
  let above = [];
  let row = [...to, ""].map((_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const least = [
        Number(row[j]) + 1,
        Number(next[j - 1]) + 1,
        Number(row[j - 1]) + Number(from[i - 1] !== to[j - 1]),
        from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? Number(above[j - 2]) + 1 : Number.POSITIVE_INFINITY,
      ];
      next[j] = Math.min(...least.filter((count) => count >= 0));
    }
    [above, row] = [row, next];
  }
  return Number(row.at(-1));
}

/** Rejects the name of a known member that is misspelled by one edit; others may be of anybody. @param {string} of @param {object} members @param {string[]} known */
export function noNearMisses(of, members, known) {
  for (const name of Object.keys(members)) {
    const meant = !known.includes(name) && known.find((other) => edits(plain(name), plain(other)) < 2);
    if (meant) throw invalid(`${of}.${name} is not read: write it "${meant}", or omit it`);
  }
}

/** Rejects members that are there without a value, such as that of a variable that is not set. @param {string} prefix @param {object} members @param {string[]} names */
export function given(prefix, members, names) {
  for (const name of names) {
    if (Object.hasOwn(members, name) && Reflect.get(members, name) === undefined)
      throw invalid(`${prefix}${name} is undefined: check the variable that it comes from, or omit it`);
  }
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
