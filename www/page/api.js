// Requests to the Worker's routes, and their errors.

/** An error as the page shows it: its code, its message, and whether the request may succeed later. */
export class PageError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ retryable?: boolean | undefined, retryAfter?: number | undefined, status?: number | undefined }} [details] retryAfter in seconds
   */
  constructor(code, message, { retryable = false, retryAfter, status } = {}) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
    this.status = status;
  }
}

/** @param {unknown} error @returns {PageError} */
export function toPageError(error) {
  if (error instanceof PageError) return error;
  const { code, message, retryable, retryAfter, status } = /** @type {Partial<PageError>} */ (Object(error));
  if (typeof code === "string") return new PageError(code, `${message}`, { retryable, retryAfter, status });
  return new PageError("page", `${message ?? error}`);
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<{ status: number, body: any }>} body is undefined if the response has none
 */
export async function request(path, init = {}) {
  const headers = { accept: "application/json", ...init.headers };
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch {
    const message = "the server of this page does not respond: check that it is running";
    throw new PageError("network", message, { retryable: true });
  }
  const text = await response.text();
  const body = text === "" ? undefined : parseJson(text);
  if (!response.ok) throw responseError(response.status, body);
  return { status: response.status, body };
}

/** @param {string} path @param {unknown} [body] */
export async function post(path, body = {}) {
  const headers = { "content-type": "application/json" };
  return (await request(path, { method: "POST", headers, body: JSON.stringify(body) })).body;
}

/** @param {string} path */
export async function get(path) {
  return (await request(path)).body;
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The Worker's errors are in `error`. The CRM's errors are forwarded unchanged. @param {number} status @param {any} body */
function responseError(status, body) {
  const { code, message, retryable, retryAfter } = Object(body?.error ?? body);
  if (typeof code === "string") return new PageError(code, `${message}`, { retryable, retryAfter, status });
  const unknown = `the server responded with HTTP ${status} without an error code: try again, or see its log`;
  return new PageError("unexpected_response", unknown, { retryable: status >= 500, status });
}
