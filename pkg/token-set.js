/** @typedef {import("./index.js").TokenSet} Tokens */

/** Members that a console may show. */
const SHOWN = ["token_type", "expires_at", "scope", "accounts_server", "api_domain"];

/**
 * What consoles and String() see of tokens. Own symbols rather than the methods of a class: what crosses to another
 * Worker must be a plain object, and symbols stay behind.
 */
const FACE = {
  [Symbol.toStringTag]: { value: "TokenSet" },

  /** What String() and template literals see. */
  [Symbol.toPrimitive]: {
    /** @this {object} */
    value() {
      return `TokenSet ${JSON.stringify(shown(this))}`;
    },
  },

  /** What console.log and util.inspect see in Node, Deno, Bun and workerd. */
  [Symbol.for("nodejs.util.inspect.custom")]: {
    /** @this {object} */
    value(
      /** @type {number} */ _depth,
      /** @type {object} */ options,
      /** @type {((value: unknown, options: object) => string) | undefined} */ inspect,
    ) {
      return `TokenSet ${inspect ? inspect(shown(this), options) : JSON.stringify(shown(this))}`;
    },
  },
};

/**
 * Each secret is an own, enumerable accessor: JSON.stringify, structuredClone and spreading read it, while consoles print
 * an accessor without calling it.
 *
 * @param {object} target
 * @param {string} name
 * @param {unknown} value
 */
function define(target, name, value) {
  const harmless = SHOWN.includes(name) || typeof value === "number" || typeof value === "boolean" || value === null;
  let hidden = value;
  const property = harmless
    ? { value, writable: true }
    : {
        get: () => hidden,
        set: (/** @type {unknown} */ other) => {
          hidden = other;
        },
      };
  Object.defineProperty(target, name, { ...property, enumerable: true, configurable: true });
}

/** @param {object} tokens */
function shown(tokens) {
  const members = Object.keys(tokens).map((name) => {
    return [name, SHOWN.includes(name) ? Reflect.get(tokens, name) : "[redacted]"];
  });
  return Object.fromEntries(members);
}

/** The tokens of a JSON text that the module wrote, as an object that consoles do not show. @param {string} json @returns {Tokens} */
export function tokenSet(json) {
  const tokens = Object.defineProperties({}, FACE);
  for (const [name, value] of Object.entries(JSON.parse(json))) define(tokens, name, value);
  return /** @type {Tokens} */ (tokens);
}
