/** @typedef {import("./index.js").TokenSet} Tokens */

/** Members that a console may show. */
const SHOWN = ["token_type", "expires_at", "scope", "accounts_server", "api_domain"];

/**
 * Tokens that consoles do not show. Each secret is an own, enumerable accessor: JSON.stringify, structuredClone and
 * spreading read it, while consoles print an accessor without calling it.
 */
class TokenSet {
  /** @param {Record<string, unknown>} members */
  constructor(members) {
    for (const [name, value] of Object.entries(members)) define(this, name, value);
  }

  get [Symbol.toStringTag]() {
    return "TokenSet";
  }

  /** What String() and template literals see. */
  [Symbol.toPrimitive]() {
    return `TokenSet ${JSON.stringify(shown(this))}`;
  }

  /** What console.log and util.inspect see in Node, Deno, Bun and workerd. */
  [Symbol.for("nodejs.util.inspect.custom")](
    /** @type {number} */ _depth,
    /** @type {object} */ options,
    /** @type {((value: unknown, options: object) => string) | undefined} */ inspect,
  ) {
    return `TokenSet ${inspect ? inspect(shown(this), options) : JSON.stringify(shown(this))}`;
  }
}

/** @param {object} target @param {string} name @param {unknown} value */
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

/** The tokens of a JSON text that the module wrote. @param {string} json @returns {Tokens} */
export function tokenSet(json) {
  return /** @type {Tokens} */ (/** @type {unknown} */ (new TokenSet(JSON.parse(json))));
}
