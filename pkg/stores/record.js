import { invalid } from "../check.js";
import { OAuthError } from "../errors.js";
import { storeError } from "../store-error.js";

/** @typedef {import("../index.js").GrantRecord} GrantRecord */

/**
 * Runs an operation of the file system or database under a store. An error that it throws becomes an OAuthError.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {(error: unknown) => OAuthError} explain makes that error, with the thrown one as its cause
 * @returns {Promise<T>}
 */
export async function attempt(work, explain) {
  try {
    return await work();
  } catch (error) {
    throw error instanceof OAuthError ? error : explain(error);
  }
}

/** The message of whatever was thrown. @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/** Stores in the memory of this process, whose calls need no deadline. @type {WeakSet<object>} */
export const inMemory = /* @__PURE__ */ new WeakSet();

/**
 * Two grants must never share a record. An absent key would make them share "undefined", and lone surrogates all become
 * U+FFFD in UTF-8.
 *
 * @param {unknown} key
 */
export function checkKey(key) {
  if (typeof key === "string" && key !== "" && !/\p{Surrogate}/u.test(key)) return;
  throw invalid(
    "the key of a grant is not a non-empty, well-formed string: check the name of the tenant that it is made from",
  );
}

/**
 * The record as JSON, without class instances, getters and undefined members, which stores could not keep.
 *
 * @param {GrantRecord} record
 * @param {number | undefined} expectedVersion
 */
export function encode(record, expectedVersion) {
  const { version } = record;
  if (!Number.isSafeInteger(version) || version === expectedVersion) {
    throw invalid(
      "the record's version is not a safe integer, or equals the expected version: save it with the expected version plus one",
    );
  }
  return JSON.stringify(record);
}

/**
 * A stored record, checked.
 *
 * @param {unknown} value parsed
 * @param {string} where for the message
 * @returns {GrantRecord}
 */
export function checkRecord(value, where) {
  const record = /** @type {GrantRecord | null | undefined} */ (value);
  if (record && Number.isSafeInteger(record.version)) return record;
  throw storeError(
    `${where} is not a grant record, and was not changed: put back a good copy, or delete it and connect again`,
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
    // Without the engine's error as cause: its message quotes the text, which may be a token.
    throw storeError(`${where} is not JSON, and was not changed: put back a good copy, or delete it and connect again`);
  }
}
