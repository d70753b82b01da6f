import { invalid } from "../check.js";
import { OAuthError } from "../errors.js";

/** @typedef {import("../index.js").GrantRecord} GrantRecord */

/**
 * @param {string} message
 * @param {{ cause?: unknown, retryable?: boolean }} [details]
 */
export function storeError(message, details) {
  return new OAuthError("store", message, details);
}

/**
 * Does some work with what lies under a store. Whatever that throws becomes one kind of error, its cause kept.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {(error: unknown) => OAuthError} explain
 * @returns {Promise<T>}
 */
export async function attempt(work, explain) {
  try {
    return await work();
  } catch (error) {
    throw error instanceof OAuthError ? error : explain(error);
  }
}

/** @param {unknown} error */
export const words = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Two grants must never share a record. An absent key would make them share "undefined", and lone surrogates all become
 * U+FFFD in UTF-8.
 *
 * @param {unknown} key
 */
export function checkKey(key) {
  if (typeof key === "string" && key !== "" && !/\p{Surrogate}/u.test(key)) return;
  throw invalid("The key of a grant must be a non-empty, well-formed string: check what the tenant's name is made of.");
}

/**
 * The record as JSON, which is what every store keeps: class instances, getters and undefined members end here.
 *
 * @param {GrantRecord} record
 * @param {number | undefined} expectedVersion
 */
export function encode(record, expectedVersion) {
  const { version } = record;
  if (!Number.isSafeInteger(version) || version === expectedVersion) {
    throw invalid("A record is saved with a version that is a safe integer and differs from the expected one.");
  }
  return JSON.stringify(record);
}

/**
 * The record that a store kept.
 *
 * @param {unknown} value parsed
 * @param {string} where for the message
 * @returns {GrantRecord}
 */
export function checkRecord(value, where) {
  if (typeof value === "object" && value !== null && Number.isSafeInteger(/** @type {GrantRecord} */ (value).version)) {
    return /** @type {GrantRecord} */ (value);
  }
  throw storeError(
    `${where} is no record of a grant. It was left as it is: put back a good copy, or delete it and connect again.`,
  );
}

/**
 * @param {string} json
 * @param {string} where for the message
 * @returns {unknown}
 */
export function parse(json, where) {
  try {
    return JSON.parse(json);
  } catch {
    // The engine's own message quotes what it read, and that may be a token.
    throw storeError(
      `${where} is not JSON. It was left as it is: put back a good copy, or delete it and connect again.`,
    );
  }
}
