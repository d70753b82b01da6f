// Reads the Worker's configuration from its environment. The error for a missing or malformed value says how to set it.

import { OAuthError, sealer } from "grantkit";
import { zohoRegions } from "../regions.js";
import { HttpError } from "./http-error.js";

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */
/** @typedef {{ fetch: (input: Request | string, init?: RequestInit) => Promise<Response> }} Service */

/**
 * @typedef {object} Env
 * @property {string} [ORIGIN]
 * @property {string} [ZOHO_LOCATION]
 * @property {string} [ZOHO_CLIENT_ID]
 * @property {string} [ZOHO_CLIENT_SECRET] one secret, or JSON with a secret for each data centre
 * @property {string} [SELF_CLIENT_ID]
 * @property {string} [SELF_CLIENT_SECRET]
 * @property {string} [SESSION_KEYS] separated by spaces; the first one seals
 * @property {string} [SESSION_SECONDS] how long a grant is stored
 * @property {string} [ZOHO_ORIGINS] JSON with the origins of a fake Zoho
 * @property {{ getByName: (name: string) => import("./vault.js").VaultStub }} VAULT
 * @property {Service} ASSETS
 * @property {Service} [FAKE] controls the fake Zoho
 */

/**
 * @typedef {object} Credentials
 * @property {string} client_id
 * @property {string | Partial<Record<ZohoLocation, string>>} client_secret
 */

/**
 * @typedef {object} Config
 * @property {string} origin of this Worker
 * @property {string} redirect_uri
 * @property {ZohoLocation} location where the clients are registered
 * @property {Credentials} web
 * @property {Credentials | undefined} self
 * @property {string[]} keys of the sealer
 * @property {import("grantkit").Sealer} sealer with the real clock, which the demo controls do not move
 * @property {{ anonymous: number, connected: number }} sessionSeconds how long a session's cookie and vault last
 * @property {{ accountsServer?: Record<ZohoLocation, string>, apiDomain?: Record<ZohoLocation, string> }} zoho
 */

const DAY_SECONDS = 86_400;
/** The longest lifetime of a cookie (RFC 6265bis 5.5). */
const MAX_SESSION_SECONDS = 400 * DAY_SECONDS;
const SET_VARIABLE = "set it under [vars] in www/wrangler.toml, and deploy again";
const NEW_KEY = "openssl rand -base64 32 | tr '+/' '-_' | tr -d =";
const putSecret = (/** @type {string} */ name) => `npx wrangler secret put ${name} --config www/wrangler.toml`;

/** @param {string} message */
const invalidConfiguration = (message) => new HttpError(500, "invalid_configuration", message);

/** @type {WeakMap<Env, Config>} */
const configs = new WeakMap();

/**
 * @param {Env} env
 * @returns {Config}
 * @throws {HttpError}
 */
export function configOf(env) {
  const config = configs.get(env) ?? { ...readEnv(env), sealer: sealer(keysOf(env)) };
  configs.set(env, config);
  return config;
}

/** @param {Env} env @returns {Omit<Config, "sealer">} */
export function readEnv(env) {
  const origin = originOf(env);
  return {
    origin,
    redirect_uri: `${origin}/callback`,
    location: locationOf(env),
    web: {
      client_id: required("ZOHO_CLIENT_ID", env.ZOHO_CLIENT_ID, SET_VARIABLE),
      client_secret: secretOf("ZOHO_CLIENT_SECRET", env.ZOHO_CLIENT_SECRET),
    },
    self: env.SELF_CLIENT_ID
      ? { client_id: env.SELF_CLIENT_ID, client_secret: secretOf("SELF_CLIENT_SECRET", env.SELF_CLIENT_SECRET) }
      : undefined,
    keys: keysOf(env),
    sessionSeconds: sessionSecondsOf(env),
    zoho: fakeOriginsOf(env),
  };
}

/** @param {string} name @param {string | undefined} value @param {string} next */
function required(name, value, next) {
  if (value) return value;
  throw invalidConfiguration(`${name} is not set: ${next}`);
}

/** @param {Env} env */
function originOf({ ORIGIN }) {
  const value = required("ORIGIN", ORIGIN, SET_VARIABLE);
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isLoopback = url?.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname);
  if (url?.origin === value && (url.protocol === "https:" || isLoopback)) return value;
  throw invalidConfiguration(`ORIGIN is not https:// and a host, without a slash at the end: ${SET_VARIABLE}`);
}

/** @param {Env} env */
function locationOf({ ZOHO_LOCATION }) {
  const region = zohoRegions.find(({ location }) => location === (ZOHO_LOCATION || "us"));
  if (region) return region.location;
  const locations = zohoRegions.map(({ location }) => location).join(", ");
  throw invalidConfiguration(`ZOHO_LOCATION is not one of ${locations}: ${SET_VARIABLE}`);
}

/** @param {string} name @param {string | undefined} value @returns {Credentials["client_secret"]} */
function secretOf(name, value) {
  const text = required(name, value, putSecret(name));
  if (!text.startsWith("{")) return text;
  const secrets = parseJson(text);
  const isSecretByLocation =
    secrets &&
    Object.entries(secrets).every(([key, secret]) => {
      return zohoRegions.some(({ location }) => location === key) && typeof secret === "string";
    });
  if (isSecretByLocation) return secrets;
  throw invalidConfiguration(
    `${name} is neither a secret nor JSON with a secret for each data centre: ${putSecret(name)}`,
  );
}

/** @param {Env} env */
function keysOf({ SESSION_KEYS }) {
  const next = `make a key with ${NEW_KEY}, then run ${putSecret("SESSION_KEYS")}`;
  const keys = required("SESSION_KEYS", SESSION_KEYS, next).trim().split(/\s+/);
  try {
    sealer(keys);
    return keys;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw invalidConfiguration(`SESSION_KEYS is not a list of 32-byte keys in base64url, separated by spaces: ${next}`);
  }
}

/** @param {Env} env */
function sessionSecondsOf({ SESSION_SECONDS }) {
  const connected = SESSION_SECONDS ? Number(SESSION_SECONDS) : 30 * DAY_SECONDS;
  const isValid = Number.isInteger(connected) && connected > 0 && connected <= MAX_SESSION_SECONDS;
  if (isValid) return { anonymous: Math.min(DAY_SECONDS, connected), connected };
  throw invalidConfiguration(`SESSION_SECONDS is not a whole number from 1 to ${MAX_SESSION_SECONDS}: ${SET_VARIABLE}`);
}

/** @param {Env} env @returns {Config["zoho"]} */
function fakeOriginsOf({ ZOHO_ORIGINS }) {
  if (!ZOHO_ORIGINS) return {};
  const { accounts, api } = parseJson(ZOHO_ORIGINS) ?? {};
  if (accounts && api) return { accountsServer: accounts, apiDomain: api };
  throw invalidConfiguration(
    'ZOHO_ORIGINS is not JSON with "accounts" and "api": remove it, since only a fake Zoho needs it',
  );
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
