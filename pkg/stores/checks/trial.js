import { OAuthError } from "../../errors.js";

/** @typedef {import("../../index.js").TokenStore} TokenStore */
/** @typedef {import("../../index.js").GrantRecord} GrantRecord */

/**
 * @typedef {object} Trial
 * @property {TokenStore} store
 * @property {TokenStore} other made by another call: it may share its records with the first
 * @property {(suffix?: string) => string} key one that no other check uses, the same for the same suffix
 * @property {(name: string) => string} use marks a key as used, so that it is deleted at the end
 * @property {<T>(work: Promise<T>, broken: string, remedy: string) => Promise<T>} inTime
 */

/** @typedef {(trial: Trial) => Promise<void>} Check */

/**
 * @param {unknown} holds
 * @param {string} broken how the contract is broken
 * @param {string} remedy the next step
 * @returns {asserts holds}
 */
export function demand(holds, broken, remedy) {
  if (!holds) throw new OAuthError("store", `the TokenStore breaks its contract (${broken}): ${remedy}`);
}

/**
 * @param {number} version
 * @returns {GrantRecord}
 */
export const record = (version, mark = "a") => ({
  version,
  tokens: {
    access_token: `access-${mark}`,
    token_type: "Bearer",
    refresh_token: `refresh-${mark}`,
    expires_at: 1_900_000_000,
  },
  requests: [1_899_999_000],
});

/** @param {unknown} a @param {unknown} b */
export const same = (a, b) => canonical(a) === canonical(b);

/** The same text for equal JSON, with members in any order. @param {unknown} value @returns {string} */
function canonical(value) {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).sort()}}`;
}

/**
 * Whether two stores share their records, so that they can be tested against each other.
 *
 * @param {Trial} trial
 */
export async function sharing({ store, other, key }) {
  await store.save(key("sharing"), record(1), undefined);
  return (await other.load(key("sharing"))) !== undefined;
}
