// The file of clients, beside the file of grants: JSON, with the client of each profile. It may hold client secrets, so only
// its owner may read it.

import { Failure } from "./failure.js";
import { readText, writePrivately } from "./private-files.js";
import { isLocation } from "./regions.js";

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */
/** @typedef {string | Partial<Record<ZohoLocation, string>>} PerLocation one for all data centres, or one for each of them */

/**
 * @typedef {object} SavedClient
 * @property {ZohoLocation} location
 * @property {string} client_id
 * @property {PerLocation} [client_secret] absent with --no-save-secret
 * @property {PerLocation} [accounts_server]
 * @property {PerLocation} [api_domain]
 * @property {string} [redirect_uri] of a login
 * @property {string} [scope] of a login
 * @property {true} [fake] a client of the fake Zoho
 */

const FORMAT = 1;
const OPTIONAL_TEXTS = ["redirect_uri", "scope"];
const PER_LOCATION = ["client_secret", "accounts_server", "api_domain"];

/** The key of the lock. No profile begins with a space. */
const LOCK = " clients";

/** @param {string} file the file of grants */
export const clientsFile = (file) => `${file}.clients`;

/** @param {string} file the file of grants @param {string} profile @returns {Promise<SavedClient | undefined>} */
export async function loadClient(file, profile) {
  const path = clientsFile(file);
  const saved = (await read(path)).clients.get(profile);
  if (saved === undefined || isClient(saved)) return saved;
  throw invalidFile(path, `has no valid client of the profile "${profile}"`);
}

/**
 * Saves a client, or deletes it where none is given.
 *
 * @param {import("grantkit").TokenStore} store whose lock is taken
 * @param {string} file the file of grants
 * @param {string} profile
 * @param {SavedClient} [client]
 */
export function saveClient(store, file, profile, client) {
  return change(store, file, (clients) => {
    if (!client) return clients.delete(profile);
    clients.set(profile, client);
    return true;
  });
}

/** Rewrites a file that exists, to find out whether it can be written. @param {import("grantkit").TokenStore} store @param {string} file that of grants */
export function tryWriteClients(store, file) {
  return change(store, file, (clients) => clients.size > 0);
}

/**
 * @param {import("grantkit").TokenStore} store
 * @param {string} file the file of grants
 * @param {(clients: Map<string, unknown>) => boolean} edit returns false if nothing changed
 */
async function change(store, file, edit) {
  const path = clientsFile(file);
  const run = async () => {
    const { clients, others } = await read(path);
    if (!edit(clients)) return;
    const content = { grantkit: FORMAT, ...others, clients: Object.fromEntries(clients) };
    await writePrivately(path, `${JSON.stringify(content, undefined, 2)}\n`);
  };
  await (store.lock ? store.lock(LOCK, run) : run());
}

/** The clients by profile, and the other members of the file, which are of a later version. @param {string} path @returns {Promise<{ clients: Map<string, unknown>, others: object }>} */
async function read(path) {
  const text = await readText(path);
  if (text === undefined) return { clients: new Map(), others: {} };
  /** @type {any} */
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    // The engine's message quotes the text, which may hold a secret.
    throw invalidFile(path, "is not a file of clients that this version wrote");
  }
  const { grantkit, clients, ...others } = content ?? {};
  if (grantkit !== FORMAT || !isObject(clients))
    throw invalidFile(path, "is not a file of clients that this version wrote");
  // Own members only, so that a profile may be called "__proto__".
  return { clients: new Map(Object.entries(clients)), others };
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @returns {value is SavedClient} */
function isClient(value) {
  if (!isObject(value)) return false;
  const isText = (/** @type {unknown} */ text) => typeof text === "string" && text !== "";
  const isPerLocation = (/** @type {unknown} */ given) =>
    isText(given) ||
    (isObject(given) && Object.entries(given).every(([location, text]) => isLocation(location) && isText(text)));
  return (
    isLocation(String(value.location)) &&
    isText(value.client_id) &&
    OPTIONAL_TEXTS.every((name) => value[name] === undefined || isText(value[name])) &&
    PER_LOCATION.every((name) => value[name] === undefined || isPerLocation(value[name]))
  );
}

/** @param {string} path @param {string} what */
function invalidFile(path, what) {
  return new Failure("store", `${path} ${what}, and was not changed: restore a copy, or delete it and connect again`);
}
