// What is kept of the clients beside their grants: one JSON file with a client for each profile. It may hold client
// secrets, so it is as private as the file of grants.

import { isLocation } from "./data-centres.js";
import { Failure } from "./failure.js";
import { readText, writePrivately } from "./files.js";

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */
/** @typedef {string | Partial<Record<ZohoLocation, string>>} PerLocation one for all data centres, or one for each */

/**
 * @typedef {object} SavedClient
 * @property {ZohoLocation} location
 * @property {string} client_id
 * @property {PerLocation} [client_secret] absent where the user keeps it elsewhere
 * @property {PerLocation} [accounts_server]
 * @property {PerLocation} [api_domain]
 * @property {string} [redirect_uri] of a login
 * @property {string} [scope] of a login
 * @property {true} [fake] a client of the fake Zoho
 */

const FORMAT = 1;
const OPTIONAL_TEXTS = ["redirect_uri", "scope"];
const PER_LOCATION = ["client_secret", "accounts_server", "api_domain"];

/** The key of the lock; profiles do not begin with a space. */
const LOCK = " clients";

/** @param {string} file the file of grants */
export const clientsFile = (file) => `${file}.clients`;

/** @param {string} file the file of grants @param {string} profile @returns {Promise<SavedClient | undefined>} */
export async function loadClient(file, profile) {
  const path = clientsFile(file);
  const saved = (await read(path)).get(profile);
  if (saved === undefined || isClient(saved)) return saved;
  throw broken(path, `its client of the profile "${profile}"`);
}

/**
 * Keeps a client, or forgets it where none is given.
 *
 * @param {import("grantkit").TokenStore} store which has the lock
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

/** Writes a file that is there again as it is. @param {import("grantkit").TokenStore} store @param {string} file that of grants */
export function tryClients(store, file) {
  return change(store, file, (clients) => clients.size > 0);
}

/**
 * @param {import("grantkit").TokenStore} store
 * @param {string} file the file of grants
 * @param {(clients: Map<string, unknown>) => boolean} edit false: nothing to write
 */
async function change(store, file, edit) {
  const path = clientsFile(file);
  const run = async () => {
    const clients = await read(path);
    if (!edit(clients)) return;
    const content = { grantkit: FORMAT, clients: Object.fromEntries(clients) };
    await writePrivately(path, `${JSON.stringify(content, undefined, 2)}\n`);
  };
  await (store.lock ? store.lock(LOCK, run) : run());
}

/** @param {string} path @returns {Promise<Map<string, unknown>>} */
async function read(path) {
  const text = await readText(path);
  if (text === undefined) return new Map();
  /** @type {any} */
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    // The engine's own message quotes what it read, and that may be a secret.
    throw broken(path, "it");
  }
  if (content?.grantkit !== FORMAT || !isObject(content.clients)) throw broken(path, "it");
  // Own members only, so that a profile may be called "__proto__".
  return new Map(Object.entries(content.clients));
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
function broken(path, what) {
  const next = "put back a good copy, or delete it and connect again";
  return new Failure("store", `${path}: ${what} is not what this version wrote. It was left as it is: ${next}`);
}
