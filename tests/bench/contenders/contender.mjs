/**
 * A library with the code that an application needs around it, each method as its documentation shows. A method is absent
 * where the library does not do the work.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {boolean} [isLibrary]
 * @property {string} [pairOf] set on an older grantkit: the name of today's
 * @property {() => Started | Promise<Started>} [authorize] makes an authorization request with state and S256, and the URL as text
 * @property {(callback: string, session: Session) => unknown} [check] validates the callback, throws if it is invalid
 * @property {(code: string) => Promise<unknown>} [exchange] exchanges a code that was issued without a redirect
 * @property {(refresh_token: string) => Promise<unknown>} [refresh]
 * @property {(callback: string, session: Session) => Promise<unknown>} [grant] validates the callback and exchanges its code
 * @property {(checked: any) => string} codeOf the code in the result of `check`
 * @property {(result: any) => { access_token: string, refresh_token?: string | undefined }} tokensOf
 */

/** @typedef {{ state: string, code_verifier: string }} Session what the application stores between request and callback */

/** @typedef {{ url: string, pending: import("grantkit").Pending } | { url: string } & Session} Started */

/** @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch */

/** @typedef {{ origin: string, fetch?: Fetch | undefined }} Setting the server, and a replacement of the runtime's fetch */

/** @typedef {(setting: Setting) => Contender} Make */

/** What the application stores of an authorization request. @param {Started} started @returns {Session} */
export function sessionOf(started) {
  return "pending" in started ? started.pending : started;
}
