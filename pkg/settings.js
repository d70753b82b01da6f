// The settings of a client, for the client itself and for its manager.

import { checkTimeout, given, invalid, knownMembers, noNearMisses, object, optionalString, string } from "./check.js";
import { profileRow } from "./profiles.js";
import { load, register } from "./wasm.js";

/** @typedef {import("./index.js").ClientConfig} ClientConfig */
/** @typedef {import("./index.js").OAuthClient} OAuthClient */

/**
 * @typedef {object} Settings
 * @property {number} number by which the module knows the client
 * @property {import("./wasm.js").Field[]} config what the module checks
 * @property {boolean} [checked] whether the module has checked it
 * @property {Latest} [latest]
 * @property {boolean} hasRedirect whether users can be sent through an authorization request
 * @property {ClientConfig["fetch"]} fetch
 * @property {number} timeoutMs
 * @property {() => number} clock
 * @property {ClientConfig["trace"]} trace
 */

/**
 * The options of the latest authorization request, and the template that the module made of them.
 *
 * @typedef {object} Latest
 * @property {string[]} fields
 * @property {string[]} template
 */

/** By client, and not in private fields, which consoles show. @type {WeakMap<object, Settings>} */
const known = new WeakMap();
let clients = 0;

const CONFIG = ["server", "client_id", "client_secret", "token_endpoint_auth_method", "redirect_uri"];
const HOST = ["fetch", "timeoutMs", "clock", "trace"];

/** @param {object} client @param {ClientConfig} config */
export function configure(client, config) {
  const { fetch, timeoutMs = 10_000, clock = Date.now, trace } = object("config", config);
  knownMembers("OAuthClient", config, [...CONFIG, ...HOST]);
  given("", config, ["client_secret", "redirect_uri"]);
  const { client_id } = config;
  if (client_id === undefined || client_id === null)
    throw invalid(
      "client_id" in config
        ? `client_id is ${client_id}: check the variable that it comes from`
        : "client_id is missing: copy it from the client's registration",
    );
  for (const [name, value] of Object.entries({ fetch, clock, trace })) {
    if (value !== undefined && typeof value !== "function") {
      throw invalid(`${name} is not a function: pass a function, or omit it`);
    }
  }
  checkTimeout("timeoutMs", timeoutMs);
  clients += 1;
  known.set(client, {
    number: clients,
    config: readConfig(config),
    hasRedirect: !!config.redirect_uri,
    fetch,
    timeoutMs,
    clock,
    trace,
  });
}

/** The settings of a client whose configuration was checked: most calls then have nothing to wait for. @param {object} client */
export function preparedSettingsOf(client) {
  const settings = known.get(client);
  return settings?.checked ? settings : undefined;
}

/** The settings of a client, its configuration checked. @param {object} client @returns {Promise<Settings>} */
export async function settingsOf(client) {
  const settings = known.get(client);
  if (!settings) throw invalid("the client is not an OAuthClient: create one with new OAuthClient(config)");
  if (!settings.checked) {
    await load();
    register(settings);
    settings.checked = true;
  }
  return settings;
}

/** RFC 9207. */
const SENDS_ISS = "authorization_response_iss_parameter_supported";
const ENDPOINTS = ["location", "issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint"];
/** The other members of `server`, of which some are only in the types. */
const OTHERS = [
  ...["profile", "accounts_server", "api_domain", "introspection_endpoint", "device_authorization_endpoint"],
  ...["pushed_authorization_request_endpoint", "userinfo_endpoint", "jwks_uri", "code_challenge_methods_supported"],
];

/** Lists of the metadata that are read. */
const LISTS = [
  ...["token_endpoint_auth_methods_supported", "revocation_endpoint_auth_methods_supported"],
  ...["code_challenge_methods_supported", "response_types_supported"],
];
const FLAGS = ["require_pushed_authorization_requests", "require_signed_request_object"];

/** The configuration as fields, in the order in which src/bindings/config.rs reads them. @param {ClientConfig} config */
function readConfig(config) {
  const server = object("server", config.server);
  noNearMisses("server", server, [...ENDPOINTS, ...OTHERS, ...LISTS, ...FLAGS, SENDS_ISS]);
  given("server.", server, [...ENDPOINTS, ...OTHERS]);
  return [
    ...texts(config, "", ["client_id", "token_endpoint_auth_method", "redirect_uri"]),
    ...texts(server, "server.", ENDPOINTS),
    !!server[SENDS_ISS],
    profileRow(server.profile),
    ...perRegion("client_secret", config.client_secret),
    ...perRegion("accounts_server", server.accounts_server),
    ...perRegion("api_domain", server.api_domain),
    ...LISTS.flatMap((name) => list(name, Reflect.get(server, name))),
    ...FLAGS.filter((name) => Reflect.get(server, name) === true).flatMap((name) => [name, ""]),
  ];
}

/** Members that are strings, or absent. @param {object} from @param {string} prefix @param {string[]} names */
function texts(from, prefix, names) {
  return names.map((name) => optionalString(prefix + name, Reflect.get(from, name)));
}

/** Names and texts: one, or one for each region. @param {string} name @param {unknown} value @returns {string[]} */
function perRegion(name, value) {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [name, value];
  if (Array.isArray(value)) throw invalid(`${name} is a list: pass one text, or an object with one for each region`);
  const found = Object.entries(object(name, value));
  if (!found.length) throw invalid(`${name} is empty: give one, or omit it`);
  return found.flatMap(([location, text]) => [`${name}.${location}`, string(`${name}.${location}`, text)]);
}

/** A name, and a list of the metadata, one entry in a line. @param {string} name @param {unknown} value */
function list(name, value) {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return [name, value.join("\n")];
  throw invalid(`server.${name} is not a list of strings: pass the metadata as the server publishes it`);
}
