import { MAX_LENGTH } from "./check.js";

/** @typedef {import("./index.js").TokenSet} Tokens */

const SECRETS = ["access_token", "refresh_token", "id_token"];
/** In the order in which the module writes them; see src/bindings/step.rs. */
const NAMES = "access_token token_type expires_at refresh_token scope id_token accounts_server api_domain".split(" ");
/** Members that a console may show. */
const SHOWN = NAMES.filter((name) => !SECRETS.includes(name));

/** The members of earlier tokens that a refresh reads. */
export const EARLIER = /** @type {const} */ (["refresh_token", "accounts_server", "api_domain", "scope"]);

/** Whether a member of tokens is no secret. @param {string} name */
export const isShown = (name) => SHOWN.includes(name);

/** Visible characters and the space (RFC 6749 appendix A): another could end a header early. */
const TOKEN = /^[ -~]*$/;

/** Whether a value can be sent as a token; an absent one can. @param {unknown} value */
const isToken = (value) =>
  value === undefined ||
  value === null ||
  (typeof value === "string" && value.length <= MAX_LENGTH && TOKEN.test(value));

/** The name of a token that cannot be sent. @param {any} tokens @returns {string | undefined} */
export const unusable = (tokens) => tokens && SECRETS.find((name) => !isToken(tokens[name]));

/**
 * How consoles and String() show tokens. Own symbols instead of the methods of a class, because only a plain object can
 * be sent to another Worker; symbols are not sent.
 */
const DISPLAY = {
  [Symbol.toStringTag]: "TokenSet",

  /** For String() and template literals. @this {object} */
  [Symbol.toPrimitive]() {
    return `TokenSet ${JSON.stringify(shown(this))}`;
  },

  /** For console.log and util.inspect in Node, Deno, Bun and workerd. @this {object} */
  [Symbol.for("nodejs.util.inspect.custom")](
    /** @type {number} */ _depth,
    /** @type {object} */ options,
    /** @type {((value: unknown, options: object) => string) | undefined} */ inspect,
  ) {
    return inspect ? `TokenSet ${inspect(shown(this), options)}` : `${this}`;
  },
};

/** Defined one by one, which is faster than `defineProperties`. */
const DISPLAYS = /* @__PURE__ */ Reflect.ownKeys(DISPLAY).map((key) => {
  return /** @type {const} */ ([key, { value: Reflect.get(DISPLAY, key) }]);
});

const define = Object.defineProperty;

const OWN = { enumerable: true, configurable: true };

/** The values that consoles must not show are in a function, since consoles show properties. */
const HIDDEN = /* @__PURE__ */ Symbol("hidden");

/** @typedef {{ [HIDDEN]: () => Record<string, unknown> }} Hiding */

/**
 * Each secret is an own, enumerable accessor: JSON.stringify, structuredClone and spreading read it, while consoles print
 * an accessor without calling it.
 *
 * @param {string} name
 * @returns {PropertyDescriptor & ThisType<Hiding>}
 */
function accessor(name) {
  return {
    get() {
      return this[HIDDEN]()[name];
    },
    set(/** @type {unknown} */ value) {
      this[HIDDEN]()[name] = value;
    },
    ...OWN,
  };
}

/** The same for all sets, so that engines use one shape. Other names come from the server, and are not cached. */
const COMMON = new Map(SECRETS.map((name) => [name, accessor(name)]));

/** @param {object} tokens */
function shown(tokens) {
  const members = Object.keys(tokens).map((name) => {
    return [name, SHOWN.includes(name) ? Reflect.get(tokens, name) : "[redacted]"];
  });
  return Object.fromEntries(members);
}

/** The members of tokens from their fields. @param {string[]} fields */
export function tokenValues(fields) {
  /** @type {Record<string, unknown>} */
  const values = {};
  NAMES.forEach((name, at) => {
    const text = fields[at];
    if (text) values[name] = name === "expires_at" ? +text : text;
  });
  const members = fields[NAMES.length];
  return members ? Object.assign(values, JSON.parse(members)) : values;
}

/**
 * Tokens as an object that consoles do not show.
 *
 * @param {any} values its members, which are not copied
 * @param {string} [refresh_token] that stays valid if the response omits it (RFC 6749 section 6)
 * @returns {Tokens}
 */
export function tokenSet(values, refresh_token) {
  if (refresh_token) values.refresh_token ??= refresh_token;
  /** @type {Tokens} */
  const tokens = /** @type {any} */ ({});
  for (const [key, property] of DISPLAYS) define(tokens, key, property);
  define(tokens, HIDDEN, { value: () => values });
  for (const name of Object.keys(values)) {
    const value = values[name];
    if (SHOWN.includes(name)) tokens[name] = value;
    else {
      const isPlain = typeof value === "number" || typeof value === "boolean" || value === null;
      const property = isPlain ? { value, writable: true, ...OWN } : (COMMON.get(name) ?? accessor(name));
      define(tokens, name, property);
    }
  }
  return tokens;
}
