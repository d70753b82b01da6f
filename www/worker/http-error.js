/** An error of the Worker itself, with the HTTP status of its response. Errors of grantkit are OAuthErrors. */
export class HttpError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message which names the next step
   * @param {boolean} [retryable] whether the same request may succeed later
   */
  constructor(status, code, message, retryable = false) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryable = retryable;
  }
}

/** @param {string} message */
export const badRequest = (message) => new HttpError(400, "bad_request", message);
