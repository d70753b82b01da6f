// What an examination comes to.

/**
 * What was looked at. Unknown is what could not be found out.
 *
 * @typedef {{ name: string, state: "ok" | "wrong" | "unknown", detail: string }} Check
 */

/**
 * Something that is wrong, or may be, and what to do about it.
 *
 * @typedef {{ likelihood: typeof LIKELIHOODS[number], what: string, next: string }} Finding
 */

/** Most likely first. */
export const LIKELIHOODS = /** @type {const} */ (["certain", "likely", "possible"]);

export class Report {
  /** @type {Check[]} */
  checks = [];
  /** @type {Finding[]} */
  #findings = [];

  /** @param {string} name @param {string} detail */
  ok(name, detail) {
    this.checks.push({ name, state: "ok", detail });
  }

  /** @param {string} name @param {string} detail */
  unknown(name, detail) {
    this.checks.push({ name, state: "unknown", detail });
  }

  /** @param {string} name @param {string} detail @param {...Finding} findings */
  wrong(name, detail, ...findings) {
    this.checks.push({ name, state: "wrong", detail });
    this.#findings.push(...findings);
  }

  /** In order of likelihood; among equals, what was looked at first explains what came after. */
  get findings() {
    const rank = (/** @type {Finding} */ { likelihood }) => LIKELIHOODS.indexOf(likelihood);
    return this.#findings.toSorted((one, other) => rank(one) - rank(other));
  }
}

/** @param {Finding["likelihood"]} likelihood @param {string} what @param {string} next @returns {Finding} */
export function finding(likelihood, what, next) {
  return { likelihood, what, next };
}
