// What doctor found: checks, and findings with their likelihood.

/**
 * A check and its result. It is "unknown" if it could not be made.
 *
 * @typedef {{ name: string, state: "ok" | "wrong" | "unknown", detail: string }} Check
 */

/**
 * Something that is wrong, or may be, and its next step.
 *
 * @typedef {{ likelihood: typeof LIKELIHOODS[number], what: string, next: string }} Finding
 */

/** The likeliest first. */
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

  /** In order of likelihood, then in the order of the checks, since an early problem may cause a later one. */
  get findings() {
    const rank = (/** @type {Finding} */ { likelihood }) => LIKELIHOODS.indexOf(likelihood);
    return this.#findings.toSorted((one, other) => rank(one) - rank(other));
  }
}

/** @param {Finding["likelihood"]} likelihood @param {string} what @param {string} next @returns {Finding} */
export function finding(likelihood, what, next) {
  return { likelihood, what, next };
}
