/** @typedef {import("./index.js").OAuthErrorCode} OAuthErrorCode */
/** @typedef {import("./index.js").TokenSet} TokenSet */

/**
 * The other members of an OAuthError.
 *
 * @typedef {object} ErrorDetails
 * @property {boolean} [retryable]
 * @property {number | undefined} [retryAfter] seconds
 * @property {string | undefined} [error]
 * @property {string | undefined} [error_description]
 * @property {string | undefined} [error_uri]
 * @property {number | undefined} [status]
 * @property {TokenSet | undefined} [tokens]
 * @property {string} [next] the next step, if the message does not have it after its last ": "
 * @property {unknown} [cause]
 */

/** Marks an OAuthError of any copy of the package, such as the other of `import` and `require`. */
const BRAND = /* @__PURE__ */ Symbol.for("grantkit.OAuthError");

/** The one error of this package. Its message is one sentence, "what happened: what to do next", and shows no secret. */
export class OAuthError extends Error {
  /**
   * @param {OAuthErrorCode} code
   * @param {string} message
   * @param {ErrorDetails} [details]
   */
  constructor(code, message, details = {}) {
    const { cause, tokens, next, retryable = false, ...members } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    for (const [name, value] of Object.entries(members)) {
      if (value !== undefined) Reflect.set(this, name, value);
    }
    // A getter, because consoles do not call getters.
    if (tokens) Object.defineProperty(this, "tokens", { get: () => tokens });
    // Not enumerable, because the message contains it.
    if (next !== undefined && next !== this.next) Object.defineProperty(this, "next", { value: next });
  }

  /** An error of another copy is one of this class, but not of a subclass. @override @param {unknown} value */
  static [Symbol.hasInstance](value) {
    // biome-ignore lint/complexity/noThisInStatic: it may be a subclass
    return this === OAuthError ? isOAuthError(value) : super[Symbol.hasInstance](value);
  }

  /** The next step: the message after its last ": ". @returns {string} */
  get next() {
    const { message } = this;
    const end = message.lastIndexOf(": ");
    return end < 0 ? message : message.slice(end + 2);
  }
}

Object.defineProperty(OAuthError.prototype, BRAND, { value: true });
Object.defineProperty(OAuthError.prototype, "name", { value: "OAuthError", configurable: true, writable: true });

/** @param {unknown} value @returns {value is OAuthError} */
export function isOAuthError(value) {
  return typeof value === "object" && value !== null && BRAND in value;
}

/**
 * An error whose stack begins at the caller of a public method, if the engine can say so.
 *
 * @param {unknown} error
 * @param {Function} method which is running
 */
export function fromCaller(error, method) {
  if (error instanceof OAuthError) Error.captureStackTrace?.(error, method);
  return error;
}
