// What the Worker is told by its environment. What is missing or malformed is an error that says how to set it.

import { OAuthError, sealer } from "grantkit";
import { HttpError } from "./http-error.js";
import { LOCATIONS } from "./zoho.js";

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */
/** @typedef {{ fetch: (input: Request | string, init?: RequestInit) => Promise<Response> }} Service */

/**
 * @typedef {object} Env
 * @property {string} [ORIGIN]
 * @property {string} [ZOHO_LOCATION]
 * @property {string} [ZOHO_CLIENT_ID]
 * @property {string} [ZOHO_CLIENT_SECRET] one, or JSON with one for each data centre
 * @property {string} [SELF_CLIENT_ID]
 * @property {string} [SELF_CLIENT_SECRET]
 * @property {string} [SESSION_KEYS] separated by spaces; the first seals
 * @property {string} [SESSION_SECONDS] how long a grant is kept
 * @property {string} [ZOHO_ORIGINS] JSON: where a fake Zoho is, in place of the real one
 * @property {{ getByName: (name: string) => import("./vault.js").VaultStub }} VAULT
 * @property {Service} ASSETS
 * @property {Service} [FAKE] what moves the fake Zoho
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
 * @property {import("grantkit").Sealer} sealer for what lives by the real time
 * @property {{ anonymous: number, connected: number }} life of a session, in seconds; its cookie and its vault end together
 * @property {{ accountsServer?: Record<ZohoLocation, string>, apiDomain?: Record<ZohoLocation, string> }} zoho
 */

const SECRET = (/** @type {string} */ name) => `npx wrangler secret put ${name} --config www/wrangler.toml`;
const VARIABLE = "set it under [vars] in www/wrangler.toml, and deploy again";
const A_DAY = 86_400;
/** The longest that browsers keep a cookie (RFC 6265bis 5.5). */
const LONGEST = 400 * A_DAY;
const NEW_KEY = "openssl rand -base64 32 | tr '+/' '-_' | tr -d =";

/** @param {string} name @param {string} problem @param {string} next */
function misconfigured(name, problem, next) {
  return new HttpError(500, "invalid_configuration", `${name} ${problem}: ${next}`);
}

/** @type {WeakMap<Env, Config>} */
const known = new WeakMap();

/**
 * @param {Env} env
 * @returns {Config}
 * @throws {HttpError}
 */
export function configOf(env) {
  const config = known.get(env) ?? { ...readEnv(env), sealer: sealer(keysOf(env)) };
  known.set(env, config);
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
      client_id: required("ZOHO_CLIENT_ID", env.ZOHO_CLIENT_ID, VARIABLE),
      client_secret: secret("ZOHO_CLIENT_SECRET", env.ZOHO_CLIENT_SECRET),
    },
    self: env.SELF_CLIENT_ID
      ? { client_id: env.SELF_CLIENT_ID, client_secret: secret("SELF_CLIENT_SECRET", env.SELF_CLIENT_SECRET) }
      : undefined,
    keys: keysOf(env),
    life: lifeOf(env),
    zoho: origins(env),
  };
}

/** @param {string} name @param {string | undefined} value @param {string} next */
function required(name, value, next) {
  if (value) return value;
  throw misconfigured(name, "is not set", next);
}

/** @param {Env} env */
function originOf({ ORIGIN }) {
  const given = required("ORIGIN", ORIGIN, VARIABLE);
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isLoopback = url?.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname);
  if (url?.origin === given && (url.protocol === "https:" || isLoopback)) return given;
  throw misconfigured("ORIGIN", "is not https:// and a host, with nothing behind it", VARIABLE);
}

/** @param {Env} env */
function locationOf({ ZOHO_LOCATION }) {
  const found = LOCATIONS.find((location) => location === (ZOHO_LOCATION || "us"));
  if (found) return found;
  throw misconfigured("ZOHO_LOCATION", `is none of ${LOCATIONS.join(", ")}`, VARIABLE);
}

/** @param {string} name @param {string | undefined} value @returns {Credentials["client_secret"]} */
function secret(name, value) {
  const text = required(name, value, SECRET(name));
  if (!text.startsWith("{")) return text;
  const secrets = parsed(text);
  const isMap =
    secrets &&
    Object.entries(secrets).every(
      ([key, one]) => LOCATIONS.includes(/** @type {any} */ (key)) && typeof one === "string",
    );
  if (isMap) return secrets;
  throw misconfigured(name, "is neither one secret nor JSON with one for each data centre", SECRET(name));
}

/** @param {Env} env */
function keysOf({ SESSION_KEYS }) {
  const next = `make a key with ${NEW_KEY}, then ${SECRET("SESSION_KEYS")}`;
  const keys = required("SESSION_KEYS", SESSION_KEYS, next).trim().split(/\s+/);
  try {
    sealer(keys);
    return keys;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw misconfigured("SESSION_KEYS", "is not keys of 32 bytes in base64url, with spaces between", next);
  }
}

/** @param {Env} env */
function lifeOf({ SESSION_SECONDS }) {
  const connected = SESSION_SECONDS ? Number(SESSION_SECONDS) : 30 * A_DAY;
  const fits = Number.isInteger(connected) && connected > 0 && connected <= LONGEST;
  if (fits) return { anonymous: Math.min(A_DAY, connected), connected };
  throw misconfigured("SESSION_SECONDS", `is no whole number from 1 to ${LONGEST}`, VARIABLE);
}

/** @param {Env} env @returns {Config["zoho"]} */
function origins({ ZOHO_ORIGINS }) {
  if (!ZOHO_ORIGINS) return {};
  const { accounts, api } = parsed(ZOHO_ORIGINS) ?? {};
  if (accounts && api) return { accountsServer: accounts, apiDomain: api };
  throw misconfigured(
    "ZOHO_ORIGINS",
    'is not JSON with "accounts" and "api"',
    "remove it; it is for a fake Zoho alone",
  );
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
