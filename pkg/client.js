import { invalid, knownMembers, object, optionalString, scopeText, string } from "./check.js";
import { seconds } from "./clock.js";
import { fromCaller, OAuthError } from "./errors.js";
import { run, start } from "./flow.js";
import { revokeTokens } from "./revocation.js";
import { configure, preparedSettingsOf, settingsOf } from "./settings.js";
import { EARLIER } from "./token-set.js";
import { origin, report } from "./trace.js";
import { attempt, BITS_256, call, callFrame, checkReturnTo, cut } from "./wasm.js";

/** @typedef {import("./index.js").ClientConfig} ClientConfig */
/** @typedef {import("./index.js").Pending} Pending */
/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {import("./index.js").CallOptions} CallOptions */
/** @typedef {import("./settings.js").Settings} Settings */

const REQUEST = ["scope", "parameters", "return_to", "maxAge"];

/** @param {string} of @param {unknown} options @param {string[]} more beside those of every call */
const callOptions = (of, options = {}, ...more) => knownMembers(of, options ?? {}, ["signal", ...more]);

/** @implements {Pick<import("./index.js").OAuthClient, keyof import("./index.js").OAuthClient>} */
export class OAuthClient {
  /** @param {ClientConfig} config */
  constructor(config) {
    configure(this, config);
  }

  /** @type {import("./index.js").OAuthClient["authorizationRequest"]} */
  async authorizationRequest(options) {
    try {
      const settings = preparedSettingsOf(this) ?? (await settingsOf(this));
      knownMembers("authorizationRequest", options, REQUEST, "put it into parameters");
      const { scope, parameters = {}, return_to, maxAge = "" } = options;
      const fields = [scopeText(scope)];
      const extra = Object.entries(object("parameters", parameters));
      if (maxAge !== "" || extra.length) fields.push(String(maxAge));
      for (const [name, value] of extra) fields.push(name, string(`parameters.${name}`, value));
      const [before_state = "", before_challenge, rest, issuer = "", redirect_uri = "", life = "", offline] =
        templateOf(settings, fields);
      const path = optionalString("return_to", return_to);
      if (path) checkReturnTo(path);
      const created_at = seconds(settings);
      const texts = attempt();
      const [state, code_verifier] = [texts.slice(0, BITS_256), texts.slice(BITS_256, 2 * BITS_256)];
      const url = `${before_state}${state}${before_challenge}${texts.slice(2 * BITS_256)}${rest}`;
      /** @type {Pending} */
      const pending = { state, code_verifier, issuer, redirect_uri, created_at, expires_at: created_at + Number(life) };
      if (offline) pending.offline = true;
      if (path) pending.return_to = path;
      report(settings, origin(), { step: "authorize", url });
      return { url, pending };
    } catch (error) {
      throw fromCaller(error, this.authorizationRequest);
    }
  }

  /** @type {import("./index.js").OAuthClient["validateAuthorizationResponse"]} */
  async validateAuthorizationResponse(callback, pending) {
    try {
      const settings = preparedSettingsOf(this) ?? (await settingsOf(this));
      return validated(settings, origin(), pending, checkCallback, callback);
    } catch (error) {
      throw fromCaller(error, this.validateAuthorizationResponse);
    }
  }

  /** @type {import("./index.js").OAuthClient["authorizationCodeGrant"]} */
  async authorizationCodeGrant(callback, pending, options) {
    try {
      const settings = await settingsOf(this);
      callOptions("authorizationCodeGrant", options);
      const { state, code_verifier, issuer, redirect_uri, offline } = pending ?? {};
      const kept = [state, code_verifier, issuer, redirect_uri].map(keptText);
      const fields = [callbackText(callback), ...kept, offline === true];
      return await exchange(settings, "authorization_code", fields, { ...options, pending: pending ?? {} });
    } catch (error) {
      throw fromCaller(error, this.authorizationCodeGrant);
    }
  }

  /** @type {import("./index.js").OAuthClient["exchangeCode"]} */
  async exchangeCode(code, options) {
    try {
      const settings = await settingsOf(this);
      callOptions("exchangeCode", options, "location");
      const fields = [string("code", code), optionalString("location", options?.location)];
      return await exchange(settings, "code", fields, { ...options });
    } catch (error) {
      throw fromCaller(error, this.exchangeCode);
    }
  }

  /** @type {import("./index.js").OAuthClient["refreshTokenGrant"]} */
  async refreshTokenGrant(earlier, options) {
    try {
      const settings = await settingsOf(this);
      callOptions("refreshTokenGrant", options, "scope");
      const given = object("tokens", earlier);
      const fields = EARLIER.map((name) => optionalString(`tokens.${name}`, given[name]));
      fields.push(scopeText(options?.scope ?? ""));
      return await exchange(settings, "refresh_token", fields, { ...options, sent: fields[0] });
    } catch (error) {
      throw fromCaller(error, this.refreshTokenGrant);
    }
  }

  /** @type {import("./index.js").OAuthClient["revoke"]} */
  async revoke(issued, options) {
    try {
      callOptions("revoke", options, "token");
      await revokeTokens(await settingsOf(this), issued, options);
    } catch (error) {
      throw fromCaller(error, this.revoke);
    }
  }
}

/**
 * What all authorization requests with the same options have in common: three parts of the URL, issuer, redirect URI,
 * maxAge in seconds, whether offline access is asked for. Most requests repeat the options of the latest one; they are
 * compared one by one, since a key made of them would have to be hashed.
 *
 * @param {Settings} settings
 * @param {string[]} fields
 */
function templateOf(settings, fields) {
  const { latest } = settings;
  if (latest?.fields.length === fields.length && latest.fields.every((text, at) => text === fields[at])) {
    return latest.template;
  }
  const template = cut(call("authorization_template", settings, fields));
  settings.latest = { fields, template };
  return template;
}

/** Runs what validates a callback, and traces it. @template A, T @param {Settings} settings @param {import("./trace.js").Origin} origin @param {Partial<Pending>} pending @param {(input: A, settings: Settings, pending: Partial<Pending>) => T} validate @param {A} input */
function validated(settings, origin, pending, validate, input) {
  const traced = { step: /** @type {const} */ ("callback"), url: keptText(pending?.redirect_uri) };
  try {
    const value = validate(input, settings, pending);
    report(settings, origin, traced);
    return value;
  } catch (error) {
    report(settings, origin, traced, error);
    throw error;
  }
}

/** @param {string | URL | Request} callback @param {Settings} settings @param {Partial<Pending>} pending */
function checkCallback(callback, settings, pending) {
  const { state, code_verifier, issuer } = pending ?? {};
  // A template and slices, since joining and cutting take longer.
  const frame = `${callbackText(callback)}\0${keptText(state)}\0${keptText(code_verifier)}\0${keptText(issuer)}`;
  const numbers = [4, seconds(settings), expiryOf(pending)];
  const output = callFrame("validate_authorization_response", settings, frame, numbers);
  const end = output.indexOf("\0");
  const [code, accounts_server] = [output.slice(0, end), output.slice(end + 1)];
  return accounts_server ? { code, accounts_server } : { code };
}

/** @param {Partial<Pending>} pending */
const expiryOf = (pending) => {
  const at = pending?.expires_at;
  return typeof at === "number" ? at : Number(keptText(at));
};

/** A member of what a store or a cookie kept. @param {unknown} value */
function keptText(value) {
  return typeof value === "string" ? string("pending", value) : typeof value === "number" ? `${value}` : "";
}

/** The longest callback, as in src/oauth/authorization_response.rs. */
const MAX_CALLBACK = 64 * 1024;

/** @param {string | URL | Request} callback */
function callbackText(callback) {
  const { href, url } = /** @type {any} */ (callback) ?? {};
  const text = typeof callback === "string" ? callback : (href ?? url);
  if (typeof text === "string") {
    if (text.length <= MAX_CALLBACK) return text;
    const message = "the callback is longer than 64 KiB: start a new authorization request";
    throw new OAuthError("callback_mismatch", message);
  }
  throw invalid("the callback is of another type: pass its URL, the URL's text, or the Request that came to it");
}

/**
 * Runs the flow exchange (src/flow/exchange.rs): one token request.
 *
 * @param {Settings} settings
 * @param {"authorization_code" | "code" | "refresh_token"} kind
 * @param {import("./flow.js").Field[]} fields of the start
 * @param {CallOptions & { pending?: Partial<Pending>, sent?: string | undefined }} [options]
 * @returns {Promise<TokenSet>}
 */
async function exchange(settings, kind, fields, { signal, pending, sent } = {}) {
  const grant_type = kind === "refresh_token" ? kind : "authorization_code";
  /** @type {import("./flow.js").Flow} */
  const flow = {
    verb: "exchange_step",
    settings,
    origin: origin(),
    traced: { step: "token", grant_type },
    signal,
    state: "",
    phase: "",
    sent,
    fields: (event) => (event.name === "start" ? [kind, ...fields] : [event.name, flow.state, ...(event.fields ?? [])]),
    numbers: () => [flow.askedAt ?? seconds(settings), pending ? expiryOf(pending) : 0],
  };
  return run(flow, pending ? validated(settings, flow.origin, pending, start, flow) : start(flow));
}
