/** @typedef {import("./index.js").OAuthErrorCode} OAuthErrorCode */
/** @typedef {import("./index.js").TokenSet} TokenSet */

/**
 * What an OAuthError carries beside its code and message.
 *
 * @typedef {object} ErrorDetails
 * @property {boolean} [retryable]
 * @property {number | undefined} [retryAfter] seconds
 * @property {string | undefined} [error]
 * @property {string | undefined} [error_description]
 * @property {string | undefined} [error_uri]
 * @property {number | undefined} [status]
 * @property {TokenSet | undefined} [tokens]
 * @property {unknown} [cause]
 */

/** The one error of this package. Its `code` is of a closed list; its message names the next step and shows no secret. */
export class OAuthError extends Error {
  /**
   * @param {OAuthErrorCode} code
   * @param {string} message
   * @param {ErrorDetails} [details]
   */
  constructor(code, message, details = {}) {
    const { cause, tokens, retryable = false, ...words } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    for (const [name, value] of Object.entries(words)) {
      if (value !== undefined) Object.defineProperty(this, name, { value, enumerable: true });
    }
    // A getter, so that no console shows what it holds.
    if (tokens) Object.defineProperty(this, "tokens", { get: () => tokens });
  }
}

Object.defineProperty(OAuthError.prototype, "name", { value: "OAuthError", configurable: true, writable: true });
