import { OAuthError } from "../../errors.js";

/** @typedef {import("../../index.js").TokenStore} TokenStore */
/** @typedef {import("../../index.js").GrantRecord} GrantRecord */

/**
 * @typedef {object} Trial
 * @property {TokenStore} store
 * @property {TokenStore} other made by another call: it may share its records with the first
 * @property {(suffix?: string) => string} key one that nothing else uses, the same for the same suffix
 * @property {(name: string) => string} use marks a name as used, so that it is deleted in the end
 * @property {<T>(work: Promise<T>, broken: string) => Promise<T>} inTime
 */

/** @typedef {(trial: Trial) => Promise<void>} Check */

/**
 * @param {unknown} kept
 * @param {string} broken
 * @param {string} remedy
 * @returns {asserts kept}
 */
export function demand(kept, broken, remedy) {
  if (!kept) throw new OAuthError("store", `This TokenStore breaks a promise: ${broken}. ${remedy}`);
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

/** The same text for equal JSON, whatever the order of members. @param {unknown} value @returns {string} */
function canonical(value) {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).sort()}}`;
}

/**
 * Whether two stores have the same records underneath, so that they can be tried against each other.
 *
 * @param {Trial} trial
 */
export async function sharing({ store, other, key }) {
  await store.save(key("sharing"), record(1), undefined);
  return (await other.load(key("sharing"))) !== undefined;
}
