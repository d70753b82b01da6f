// The Worker's routes, and what they say when they fail.

/** What a person is told of a failure: its code, what happened, whether waiting helps. */
export class Failure extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ retryable?: boolean | undefined, retryAfter?: number | undefined, status?: number | undefined }} [more] retryAfter in seconds
   */
  constructor(code, message, { retryable = false, retryAfter, status } = {}) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
    this.status = status;
  }
}

/** @param {unknown} error @returns {Failure} */
export function toPageError(error) {
  if (error instanceof Failure) return error;
  const { code, message, retryable, retryAfter, status } = /** @type {Partial<Failure>} */ (Object(error));
  if (typeof code === "string") return new Failure(code, `${message}`, { retryable, retryAfter, status });
  return new Failure("page", `${message ?? error}`);
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<{ status: number, body: any }>} body is undefined where there is none
 */
export async function request(path, init = {}) {
  const headers = { accept: "application/json", ...init.headers };
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch {
    const message = "this page's own server does not answer: see that it is running";
    throw new Failure("network", message, { retryable: true });
  }
  const text = await response.text();
  const body = text === "" ? undefined : parsed(text);
  if (!response.ok) throw failure(response.status, body);
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
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of grantkit, in `error`; or of the CRM, as it came. @param {number} status @param {any} body */
function failure(status, body) {
  const { code, message, retryable, retryAfter } = Object(body?.error ?? body);
  if (typeof code === "string") return new Failure(code, `${message}`, { retryable, retryAfter, status });
  const unknown = `the server answered HTTP ${status} without saying why: try again, or see its log`;
  return new Failure("unexpected_response", unknown, { retryable: status >= 500, status });
}
