/**
 * A library with the application's code that it needs, each method written as its documentation has it. A method that is
 * absent is one that the library has nothing for.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {boolean} [isLibrary]
 * @property {string} [pairOf] set on an older grantkit: the name of today's
 * @property {() => Started | Promise<Started>} [authorize] an authorization request with state, S256 and the URL as text
 * @property {(callback: string, kept: Kept) => unknown} [check] judges the callback, throws where it is wrong
 * @property {(code: string) => Promise<unknown>} [exchange] a code that came without a redirect, for tokens
 * @property {(refresh_token: string) => Promise<unknown>} [refresh]
 * @property {(callback: string, kept: Kept) => Promise<unknown>} [grant] the callback for tokens
 * @property {(checked: any) => string} codeOf the code in what `check` gives
 * @property {(answer: any) => { access_token: string, refresh_token?: string | undefined }} tokensOf
 */

/** @typedef {{ state: string, code_verifier: string }} Kept what the application keeps between request and callback */

/** @typedef {{ url: string, pending: import("grantkit").Pending } | { url: string } & Kept} Started */

/** @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch */

/** @typedef {{ origin: string, fetch?: Fetch | undefined }} Setting where the server is, and what stands for the runtime's fetch */

/** @typedef {(setting: Setting) => Contender} Make */

/** What the application keeps of an authorization request. @param {Started} started @returns {Kept} */
export function keptOf(started) {
  return "pending" in started ? started.pending : started;
}
