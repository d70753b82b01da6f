import { invalid, object, optionalString, scopeText, string } from "./check.js";
import { OAuthError } from "./errors.js";
import { configure, milliseconds, preparedSettingsOf, seconds, settingsOf, tell } from "./settings.js";
import { tokenSet } from "./token-set.js";
import { exchange } from "./transport.js";
import { attempt, BITS_256, call, callFrame } from "./wasm.js";

/** @typedef {import("./index.js").ClientConfig} ClientConfig */
/** @typedef {import("./index.js").Pending} Pending */
/** @typedef {import("./index.js").CallOptions} CallOptions */
/** @typedef {import("./settings.js").Prepared} Prepared */

/** @implements {Pick<import("./index.js").OAuthClient, keyof import("./index.js").OAuthClient>} */
export class OAuthClient {
  /** @param {ClientConfig} config */
  constructor(config) {
    configure(this, config);
  }

  /** @type {import("./index.js").OAuthClient["authorizationRequest"]} */
  async authorizationRequest(options) {
    const settings = preparedSettingsOf(this) ?? (await settingsOf(this));
    const { scope, parameters = {}, return_to, maxAge = "" } = object("options", options);
    const fields = [scopeText(scope)];
    const extra = Object.entries(object("parameters", parameters));
    if (maxAge !== "" || extra.length) fields.push(String(maxAge));
    for (const [name, value] of extra) fields.push(name, string(`parameters.${name}`, value));
    const [before_state, before_challenge, rest, issuer, redirect_uri, life, offline] = outlineOf(settings, fields);
    const path = optionalString("return_to", return_to);
    if (path) call("check_return_to", settings.packed, [path]);
    const created_at = seconds(settings);
    const texts = attempt();
    const [state, code_verifier] = [texts.slice(0, BITS_256), texts.slice(BITS_256, 2 * BITS_256)];
    const url = `${before_state}${state}${before_challenge}${texts.slice(2 * BITS_256)}${rest}`;
    /** @type {Pending} */
    const pending = { state, code_verifier, issuer, redirect_uri, created_at, expires_at: created_at + +life };
    if (offline) pending.offline = true;
    if (path) pending.return_to = path;
    tell(settings, { step: "authorize", url });
    return { url, pending };
  }

  /** @type {import("./index.js").OAuthClient["validateAuthorizationResponse"]} */
  async validateAuthorizationResponse(callback, pending) {
    const settings = preparedSettingsOf(this) ?? (await settingsOf(this));
    const answer = judgeCallback(settings, "validate_authorization_response", callback, pending);
    const end = answer.indexOf("\0");
    const [code, accounts_server] = [answer.slice(0, end), answer.slice(end + 1)];
    return accounts_server ? { code, accounts_server } : { code };
  }

  /** @type {import("./index.js").OAuthClient["authorizationCodeGrant"]} */
  async authorizationCodeGrant(callback, pending, options) {
    const settings = await settingsOf(this);
    const request = judgeCallback(settings, "authorization_code_request", callback, pending);
    return tokens(settings, "authorization_code", request, options);
  }

  /** @type {import("./index.js").OAuthClient["exchangeCode"]} */
  async exchangeCode(code, options) {
    const settings = await settingsOf(this);
    const fields = [string("code", code), optionalString("location", options?.location)];
    return tokens(settings, "authorization_code", call("code_request", settings.packed, fields), options);
  }

  /** @type {import("./index.js").OAuthClient["refreshTokenGrant"]} */
  async refreshTokenGrant(earlier, options) {
    const settings = await settingsOf(this);
    const kept = object("tokens", earlier);
    const fields = KEPT.map((name) => optionalString(`tokens.${name}`, kept[name]));
    fields.push(scopeText(options?.scope ?? ""));
    return tokens(settings, "refresh_token", call("refresh_request", settings.packed, fields), options);
  }

  /** @type {import("./index.js").OAuthClient["revoke"]} */
  async revoke(issued, options) {
    const settings = await settingsOf(this);
    const { refresh_token, access_token, accounts_server } = object("tokens", issued);
    const kind = options?.token ?? (refresh_token ? "refresh_token" : "access_token");
    const token = { refresh_token, access_token }[kind];
    const fields = [optionalString(kind, token), kind, optionalString("accounts_server", accounts_server)];
    /** @type {unknown} */
    let failure;
    for (let attempt = 0; ; attempt += 1) {
      const request = call("revocation_request", settings.packed, fields, attempt);
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

/** What a refresh wants to know of earlier tokens. */
const KEPT = ["refresh_token", "accounts_server", "api_domain", "scope"];

/**
 * What all authorization requests with the same options have in common: three parts of the URL, issuer, redirect URI, life
 * in seconds, whether offline access is asked for. Options mostly come again; they are compared one by one, since a key made
 * of them would have to be hashed.
 *
 * @param {Prepared} settings
 * @param {string[]} fields
 */
function outlineOf(settings, fields) {
  const { latest, packed } = settings;
  if (latest?.fields.length === fields.length && latest.fields.every((text, at) => text === fields[at])) {
    return latest.outline;
  }
  const outline = split(call("authorization_outline", packed, fields));
  settings.latest = { fields, outline };
  return outline;
}

/**
 * @param {Prepared} settings
 * @param {"validate_authorization_response" | "authorization_code_request"} verb
 * @param {string | URL | Request} callback
 * @param {Pending} pending
 */
function judgeCallback(settings, verb, callback, pending) {
  const { state, code_verifier, issuer, redirect_uri, expires_at, offline } = pending ?? {};
  const redirect = keptText(redirect_uri);
  const event = { step: /** @type {const} */ ("callback"), url: redirect };
  try {
    // A template, since joining a list takes longer.
    const frame = `${callbackText(callback)}\0${keptText(state)}\0${keptText(code_verifier)}\0${keptText(issuer)}\0${redirect}\0${offline === true ? 1 : ""}`;
    const answer = callFrame(verb, settings.packed, frame, 6, seconds(settings), +keptText(expires_at));
    tell(settings, event);
    return answer;
  } catch (error) {
    tell(settings, event, error);
    throw error;
  }
}

/** A member of what came back from a store or a cookie. @param {unknown} value */
function keptText(value) {
  return typeof value === "string" ? value : typeof value === "number" ? `${value}` : "";
}

/** @param {string | URL | Request} callback */
function callbackText(callback) {
  if (typeof callback === "string") return callback;
  const { href, url } = /** @type {any} */ (callback) ?? {};
  const text = href ?? url;
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
  const began = milliseconds(settings);
  // The server made its answer after this, so no token is believed to live longer than it does.
  const asked = Math.floor(began / 1000);
  const event = { step, grant_type, url, status: /** @type {number | undefined} */ (undefined) };
  try {
    const {
      status,
      retryAfter,
      body: answer,
    } = await exchange({ url, authorization, body }, settings, options?.signal);
    event.status = status;
    const text = call(verb, settings.packed, [...expectation, retryAfter], status, asked, answer);
    tell(settings, event, undefined, began);
    return text;
  } catch (error) {
    tell(settings, event, error, began);
    throw error;
  }
}

/** @param {unknown} error */
function isRefusal(error) {
  return error instanceof OAuthError && !error.retryable && error.code !== "aborted";
}

/** @typedef {[string, string, string, string, string, string, string, ...string[]]} Fields */

/** The fields of an answer; as many as the verb writes. @param {string} answer @returns {Fields} */
function split(answer) {
  return /** @type {any} */ (answer.split("\0"));
}
