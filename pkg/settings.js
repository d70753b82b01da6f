// What a client knows, for the client itself and for its manager.

import { invalid, object, optionalString, string } from "./check.js";
import { OAuthError } from "./errors.js";
import { load, packClient } from "./wasm.js";

/** @typedef {import("./index.js").ClientConfig} ClientConfig */
/** @typedef {import("./index.js").OAuthClient} OAuthClient */
/** @typedef {import("./index.js").TraceEvent} TraceEvent */

/**
 * @typedef {object} Settings
 * @property {string[]} config what the module checks
 * @property {string} [packed] what the module made of it
 * @property {Latest} [latest]
 * @property {ClientConfig["fetch"]} fetch
 * @property {number} timeoutMs
 * @property {() => number} clock
 * @property {ClientConfig["trace"]} trace
 */

/**
 * The options of the latest authorization request, and what the module made of them.
 *
 * @typedef {object} Latest
 * @property {string[]} fields
 * @property {import("./client.js").Fields} outline
 */

/** @typedef {Settings & { packed: string }} Prepared */

/** The longest delay of setTimeout, which takes a longer one for none. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** By client, and not in private fields, which consoles show. @type {WeakMap<object, Settings>} */
const known = new WeakMap();

/** @param {object} client @param {ClientConfig} config */
export function configure(client, config) {
  known.set(client, readSettings(config));
}

/** The settings of a client, once its configuration was checked: many a call then has nothing to wait for. @param {object} client */
export function preparedSettingsOf(client) {
  const settings = known.get(client);
  return settings?.packed ? /** @type {Prepared} */ (settings) : undefined;
}

/** The settings of a client, its configuration checked. @param {object} client @returns {Promise<Prepared>} */
export async function settingsOf(client) {
  const settings = known.get(client);
  if (!settings) throw invalid("the client must be an OAuthClient");
  if (!settings.packed) {
    await load();
    settings.packed = packClient(settings.config);
  }
  return /** @type {Prepared} */ (settings);
}

/** @param {ClientConfig} config @returns {Settings} */
function readSettings(config) {
  const { fetch, timeoutMs = 10_000, clock = Date.now, trace } = object("config", config);
  for (const [name, value] of Object.entries({ fetch, clock, trace })) {
    if (value !== undefined && typeof value !== "function") throw invalid(`${name} must be a function`);
  }
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT) {
    throw invalid(`timeoutMs must be a whole number of milliseconds from 1 to ${LONGEST_TIMEOUT}`);
  }
  return { config: configFields(config), fetch, timeoutMs, clock, trace };
}

/** Members of a server, in the order in which the module reads them. */
const SERVER = ["profile", "location", "issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint"];

/** The configuration as the module reads it. @param {ClientConfig} config */
function configFields(config) {
  const server = object("server", config.server);
  /** @param {object} from @param {string} prefix @param {string[]} names */
  const texts = (from, prefix, names) => names.map((name) => optionalString(prefix + name, Reflect.get(from, name)));
  const sends_iss = server.authorization_response_iss_parameter_supported;
  return [
    ...texts(config, "", ["client_id", "token_endpoint_auth_method", "redirect_uri"]),
    ...texts(server, "server.", SERVER),
    sends_iss ? "1" : "",
    ...perLocation("client_secret", config.client_secret),
    ...perLocation("accounts_server", server.accounts_server),
    ...perLocation("api_domain", server.api_domain),
  ];
}

/** One text, or one for each data centre, as triples of name, data centre and text. @param {string} name @param {unknown} value */
function perLocation(name, value) {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [name, "", value];
  const given = Object.entries(object(name, value));
  if (!given.length) throw invalid(`${name} is empty: give one, or leave it away`);
  return given.flatMap(([location, text]) => {
    return [name, location, string(`${name}.${location}`, text)];
  });
}

/**
 * Tells the caller of an exchange; members without a value are left out.
 *
 * @param {Settings} settings
 * @param {{ [Name in "step" | "url" | "grant_type" | "status"]?: TraceEvent[Name] | undefined } & { url: string }} exchange its URL may have a query
 * @param {unknown} [error] what it ended with
 * @param {number} [began] in milliseconds
 */
export function tell(settings, exchange, error, began) {
  const { trace } = settings;
  if (!trace) return;
  const event = {
    ...exchange,
    url: exchange.url.replace(/[?#].*$/s, ""),
    durationMs: began === undefined ? began : milliseconds(settings) - began,
    code: error instanceof OAuthError ? error.code : undefined,
  };
  // JSON leaves out what has no value.
  /** @type {TraceEvent} */
  const told = JSON.parse(JSON.stringify(event));
  // A listener that fails, at once or later, must not cost the caller an answer that holds the only copy of a token.
  (async () => trace(told))().catch(() => {});
}

/** What the caller's clock says. @param {Settings} settings */
export function milliseconds({ clock }) {
  const now = clock();
  if (!Number.isFinite(now)) throw invalid("clock must return milliseconds, as Date.now does");
  return now;
}

/** @param {Settings} settings */
export function seconds(settings) {
  return Math.floor(milliseconds(settings) / 1000);
}
