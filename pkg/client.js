import { invalid, object, optionalString, scopeText, string } from "./check.js";
import { OAuthError } from "./errors.js";
import { codeOf, configure, milliseconds, seconds, settingsOf, tell, withoutQuery } from "./settings.js";
import { tokenSet } from "./token-set.js";
import { exchange } from "./transport.js";
import { call, draw } from "./wasm.js";

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
    const settings = await settingsOf(this);
    const { scope, parameters = {}, return_to, maxAge } = object("options", options);
    const extra = Object.entries(object("parameters", parameters)).flatMap(([name, value]) => {
      return [name, string(`parameters.${name}`, value)];
    });
    const given = [
      scopeText(scope),
      optionalString("return_to", return_to),
      maxAge === undefined ? "" : String(maxAge),
    ];
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
    const settings = await settingsOf(this);
    const answer = judgeCallback(settings, "validate_authorization_response", callback, pending);
    const [code, accounts_server] = split(answer);
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
    return tokens(settings, "authorization_code", call("code_request", settings.packed, fields, []), options);
  }

  /** @type {import("./index.js").OAuthClient["refreshTokenGrant"]} */
  async refreshTokenGrant(earlier, options) {
    const settings = await settingsOf(this);
    const { refresh_token, accounts_server, api_domain, scope } = object("tokens", earlier);
    const kept = Object.entries({ refresh_token, accounts_server, api_domain, scope });
    const fields = kept.map(([name, value]) => optionalString(`tokens.${name}`, value));
    fields.push(scopeText(options?.scope ?? ""));
    return tokens(settings, "refresh_token", call("refresh_request", settings.packed, fields, []), options);
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

/**
 * @param {Prepared} settings
 * @param {"validate_authorization_response" | "authorization_code_request"} verb
 * @param {string | URL | Request} callback
 * @param {Pending} pending
 */
function judgeCallback(settings, verb, callback, pending) {
  const kept = pending ?? {};
  const texts = [kept.state, kept.code_verifier, kept.issuer, kept.redirect_uri, kept.created_at, kept.expires_at];
  const fields = texts.map((value) => (typeof value === "string" || typeof value === "number" ? `${value}` : ""));
  fields.push(kept.offline === true ? "1" : "", "");
  const event = /** @type {const} */ ({ step: "callback", url: withoutQuery(`${fields[3]}`) });
  try {
    const answer = call(verb, settings.packed, [callbackText(callback), ...fields], [seconds(settings)]);
    tell(settings, event);
    return answer;
  } catch (error) {
    tell(settings, { ...event, code: codeOf(error) });
    throw error;
  }
}

/** @param {string | URL | Request} callback */
function callbackText(callback) {
  const { href, url } = Object(callback);
  const text = typeof callback === "string" ? callback : (href ?? url);
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
  const event = { step, grant_type, url: withoutQuery(url) };
  const began = milliseconds(settings);
  // The server made its answer after this, so no token is believed to live longer than it does.
  const asked = Math.floor(began / 1000);
  /** @type {number | undefined} */
  let status;
  try {
    const answer = await exchange({ url, authorization, body }, settings, options?.signal);
    status = answer.status;
    const fields = [...expectation, answer.retryAfter];
    const text = call(verb, settings.packed, fields, [status, asked], answer.body);
    tell(settings, { ...event, status, durationMs: milliseconds(settings) - began });
    return text;
  } catch (error) {
    tell(settings, { ...event, status, durationMs: milliseconds(settings) - began, code: codeOf(error) });
    throw error;
  }
}

/** @param {unknown} error */
function isRefusal(error) {
  return error instanceof OAuthError && !error.retryable && error.code !== "aborted";
}

/** The fields of an answer; as many as the verb writes. @param {string} answer @returns {[string, string, string, string, string, string, string, ...string[]]} */
function split(answer) {
  return /** @type {any} */ (answer.split("\0"));
}
