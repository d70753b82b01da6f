import { OAuthError } from "./errors.js";
import { tokenSet } from "./token-set.js";
import { exchange } from "./transport.js";
import { call, draw, load, packClient } from "./wasm.js";

/** @typedef {import("./index.js").ClientConfig} ClientConfig */
/** @typedef {import("./index.js").Pending} Pending */
/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {import("./index.js").TraceEvent} TraceEvent */
/** @typedef {import("./index.js").CallOptions} CallOptions */
/** @typedef {import("./index.js").OAuthErrorCode} OAuthErrorCode */

/**
 * What a client knows. It is reached through a function alone, since consoles show private fields.
 *
 * @typedef {object} Settings
 * @property {string[]} config what the module checks
 * @property {import("./wasm.js").PackedClient} [packed]
 * @property {ClientConfig["fetch"]} fetch
 * @property {number} timeoutMs
 * @property {() => number} clock
 * @property {ClientConfig["trace"]} trace
 */

/** The longest delay of setTimeout, which takes a longer one for none. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** @implements {Pick<import("./index.js").OAuthClient, keyof import("./index.js").OAuthClient>} */
export class OAuthClient {
  /** @type {() => Settings} */
  #settings;

  /** @param {ClientConfig} config */
  constructor(config) {
    const settings = readSettings(config);
    this.#settings = () => settings;
  }

  /** @type {import("./index.js").OAuthClient["authorizationRequest"]} */
  async authorizationRequest(options) {
    const settings = await prepared(this.#settings());
    const { scope, parameters = {}, return_to, maxAge } = object("options", options);
    const extra = Object.entries(object("parameters", parameters)).flatMap(([name, value]) => {
      return [name, string(`parameters.${name}`, value)];
    });
    const given = [scopeText(scope), optionalString("return_to", return_to), maxAge === undefined ? "" : `${maxAge}`];
    const answer = call("authorization_request", settings.packed, [...given, ...extra], [draw(), seconds(settings)]);
    const [url, state, code_verifier, issuer, redirect_uri, created_at, expires_at, offline, path] = split(answer);
    /** @type {Pending} */
    const pending = { state, code_verifier, issuer, redirect_uri, created_at: +created_at, expires_at: +expires_at };
    if (offline) pending.offline = true;
    if (path) pending.return_to = path;
    tell(settings, { step: "authorize", url: withoutQuery(url) });
    return { url, pending };
  }

  /** @type {import("./index.js").OAuthClient["validateAuthorizationResponse"]} */
  async validateAuthorizationResponse(callback, pending) {
    const settings = await prepared(this.#settings());
    const answer = judgeCallback(settings, "validate_authorization_response", callback, pending);
    const [code, accounts_server] = split(answer);
    return accounts_server ? { code, accounts_server } : { code };
  }

  /** @type {import("./index.js").OAuthClient["authorizationCodeGrant"]} */
  async authorizationCodeGrant(callback, pending, options) {
    const settings = await prepared(this.#settings());
    const request = judgeCallback(settings, "authorization_code_request", callback, pending);
    return tokens(settings, "authorization_code", request, options);
  }

  /** @type {import("./index.js").OAuthClient["exchangeCode"]} */
  async exchangeCode(code, options = {}) {
    const settings = await prepared(this.#settings());
    const fields = [string("code", code), optionalString("location", options.location)];
    return tokens(settings, "authorization_code", call("code_request", settings.packed, fields, []), options);
  }

  /** @type {import("./index.js").OAuthClient["refreshTokenGrant"]} */
  async refreshTokenGrant(earlier, options = {}) {
    const settings = await prepared(this.#settings());
    const { refresh_token, accounts_server, api_domain, scope } = object("tokens", earlier);
    const kept = Object.entries({ refresh_token, accounts_server, api_domain, scope });
    const fields = kept.map(([name, value]) => optionalString(`tokens.${name}`, value));
    fields.push(options.scope === undefined ? "" : scopeText(options.scope));
    return tokens(settings, "refresh_token", call("refresh_request", settings.packed, fields, []), options);
  }

  /** @type {import("./index.js").OAuthClient["revoke"]} */
  async revoke(issued, options = {}) {
    const settings = await prepared(this.#settings());
    const { refresh_token, access_token, accounts_server } = object("tokens", issued);
    const kind = options.token ?? (refresh_token ? "refresh_token" : "access_token");
    const token = kind === "refresh_token" ? refresh_token : access_token;
    const fields = [optionalString(kind, token), kind, optionalString("accounts_server", accounts_server)];
    /** @type {unknown} */
    let failure;
    for (let attempt = 0; ; attempt += 1) {
      const request = call("revocation_request", settings.packed, fields, [attempt]);
      if (!request) break;
      try {
        const outcome = await ask(settings, "revoke", undefined, request, "revocation_answer", options);
        if (outcome) return;
        failure = undefined;
      } catch (error) {
        // A refusal may be of this form alone; after anything else nobody knows what became of the token.
        if (!isRefusal(error)) throw error;
        failure = error;
      }
    }
    if (failure) throw failure;
  }
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

/** The configuration as the module reads it. @param {ClientConfig} config */
function configFields(config) {
  const server = object("server", config.server);
  /** @param {object} from @param {string} prefix @param {string[]} names */
  const texts = (from, prefix, names) => names.map((name) => optionalString(prefix + name, Reflect.get(from, name)));
  const sends_iss = server.authorization_response_iss_parameter_supported;
  return [
    ...texts(config, "", ["client_id", "token_endpoint_auth_method", "redirect_uri"]),
    ...texts(server, "server.", ["profile", "location", "issuer"]),
    ...texts(server, "server.", ["authorization_endpoint", "token_endpoint", "revocation_endpoint"]),
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
  return Object.entries(object(name, value)).flatMap(([location, text]) => {
    return [name, location, string(`${name}.${location}`, text)];
  });
}

/**
 * The settings with the configuration checked.
 *
 * @param {Settings} settings
 * @returns {Promise<Settings & { packed: import("./wasm.js").PackedClient }>}
 */
async function prepared(settings) {
  if (!settings.packed) {
    await load();
    settings.packed = packClient(settings.config);
  }
  return /** @type {Settings & { packed: import("./wasm.js").PackedClient }} */ (settings);
}

/** @typedef {Awaited<ReturnType<typeof prepared>>} Prepared */

/**
 * @param {Prepared} settings
 * @param {"validate_authorization_response" | "authorization_code_request"} verb
 * @param {string | URL | Request} callback
 * @param {Pending} pending
 */
function judgeCallback(settings, verb, callback, pending) {
  const kept = pending ?? {};
  const url = withoutQuery(kept.redirect_uri ?? "");
  const texts = [kept.state, kept.code_verifier, kept.issuer, kept.redirect_uri, kept.created_at, kept.expires_at];
  const fields = texts.map((value) => (typeof value === "string" || typeof value === "number" ? `${value}` : ""));
  fields.push(kept.offline === true ? "1" : "", "");
  try {
    const answer = call(verb, settings.packed, [callbackText(callback), ...fields], [seconds(settings)]);
    tell(settings, { step: "callback", url });
    return answer;
  } catch (error) {
    tell(settings, { step: "callback", url, code: codeOf(error) });
    throw error;
  }
}

/** @param {string | URL | Request} callback */
function callbackText(callback) {
  if (typeof callback === "string") return callback;
  const text = callback instanceof URL ? callback.href : callback?.url;
  if (typeof text === "string") return text;
  throw invalid("the callback must be a URL, its text, or the Request that came to it");
}

/**
 * @param {Prepared} settings
 * @param {string} grant_type
 * @param {string} request
 * @param {CallOptions} [options]
 */
async function tokens(settings, grant_type, request, options) {
  return tokenSet(await ask(settings, "token", grant_type, request, "token_answer", options));
}

/**
 * Sends a request of the module, and has the module judge the answer.
 *
 * @param {Prepared} settings
 * @param {"token" | "revoke"} step
 * @param {string | undefined} grant_type
 * @param {string} request
 * @param {"token_answer" | "revocation_answer"} verb
 * @param {CallOptions} [options]
 */
async function ask(settings, step, grant_type, request, verb, options) {
  const [url, authorization, body, ...expectation] = split(request);
  const event = { step, url: withoutQuery(url), ...(grant_type && { grant_type }) };
  const began = settings.clock();
  /** @type {number | undefined} */
  let status;
  try {
    const answer = await exchange({ url, authorization, body }, settings, options?.signal);
    status = answer.status;
    const fields = [...expectation, answer.retryAfter];
    const text = call(verb, settings.packed, fields, [status, seconds(settings)], answer.body);
    tell(settings, { ...event, status, durationMs: settings.clock() - began });
    return text;
  } catch (error) {
    tell(settings, { ...event, ...(status !== undefined && { status }), durationMs: settings.clock() - began, code: codeOf(error) });
    throw error;
  }
}

/** @param {Settings} settings @param {TraceEvent} event */
function tell(settings, event) {
  try {
    settings.trace?.(event);
  } catch {
    // A listener that fails must not cost the caller an answer that holds the only copy of a token.
  }
}

/** @param {unknown} error */
function isRefusal(error) {
  return error instanceof OAuthError && !error.retryable && error.code !== "aborted";
}

/** @param {unknown} error @returns {OAuthErrorCode | undefined} */
function codeOf(error) {
  return error instanceof OAuthError ? error.code : undefined;
}

/** @param {Settings} settings */
function seconds({ clock }) {
  return Math.floor(clock() / 1000);
}

/** The fields of an answer; as many as the verb writes. @param {string} answer @returns {[string, string, string, string, string, string, string, ...string[]]} */
function split(answer) {
  return /** @type {any} */ (answer.split("\0"));
}

/** @param {string} url */
function withoutQuery(url) {
  return url.replace(/[?#].*$/s, "");
}

/** @param {string | string[]} scope */
function scopeText(scope) {
  if (typeof scope === "string") return scope;
  if (Array.isArray(scope) && scope.every((part) => typeof part === "string")) return scope.join(" ");
  throw invalid("scope must be a string or a list of strings");
}

/** @template {object} T @param {string} name @param {T} value @returns {T} */
function object(name, value) {
  if (typeof value === "object" && value !== null) return value;
  throw invalid(`${name} must be an object`);
}

/** @param {string} name @param {unknown} value @returns {string} */
function string(name, value) {
  if (typeof value === "string") return value;
  throw invalid(`${name} must be a string`);
}

/** @param {string} name @param {unknown} value */
function optionalString(name, value) {
  return value === undefined || value === null ? "" : string(name, value);
}

/** @param {string} message */
function invalid(message) {
  return new OAuthError("invalid_configuration", message);
}
