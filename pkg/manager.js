import { apiFetch } from "./api.js";
import { checkTimeout, invalid, knownMembers, methods, given as noUndefined, object, tokenStore } from "./check.js";
import { milliseconds, seconds } from "./clock.js";
import { fromCaller, OAuthError } from "./errors.js";
import { inStore } from "./in-store.js";
import { checked, decisionRecord, isRejected, readable, replacingRecord } from "./record-fields.js";
import { isOlder, refresh, remember } from "./refresh.js";
import { revokeGrant } from "./revoke-grant.js";
import { settingsOf } from "./settings.js";
import { bounded } from "./store-effects.js";
import { conflict } from "./store-error.js";
import { checkKey, inMemory } from "./stores/record.js";
import { tokenSet, unusable } from "./token-set.js";
import { aborted, raced } from "./transport.js";
import { decide, isFresh, joins } from "./wasm.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {import("./index.js").GrantRecord} GrantRecord */
/** @typedef {import("./refresh.js").Grant} Grant */
/** @typedef {import("./refresh.js").Wish} Wish */

// Both as in src/manager/policy.rs.
/** After more conflicts than this something other than a refresh changes the record. */
const MAX_CONFLICTS = 20;
/** How long after its deadline a request of another caller counts as outstanding, in seconds: the time to save its tokens. */
const MARGIN = 5;

/** @implements {Pick<import("./index.js").TokenManager, keyof import("./index.js").TokenManager>} */
export class TokenManager {
  // In a function, since consoles show private fields.
  /** @type {() => Grant | Promise<Grant>} */
  #grant;
  /** The refresh that all callers of this manager share. @type {import("./refresh.js").Running | undefined} */
  #running;

  /**
   * @param {import("./index.js").OAuthClient} client
   * @param {import("./index.js").TokenStore} store
   * @param {{ key?: string, leeway?: number, storeTimeoutMs?: number }} [options]
   * @param {import("./in-store.js").Forms} [forms]
   */
  constructor(client, store, options = {}, forms) {
    knownMembers("TokenManager", options, ["key", "leeway", "storeTimeoutMs"]);
    // Its default would be the grant of another tenant.
    noUndefined("", options, ["key"]);
    const { key = "default", leeway = 300, storeTimeoutMs: given = 10_000 } = options;
    methods(client, ["revoke"], "the client is not an OAuthClient: create one with new OAuthClient(config)");
    tokenStore(store);
    wholeSeconds("leeway", leeway);
    checkTimeout("storeTimeoutMs", given);
    const storeTimeoutMs = inMemory.has(store) ? 0 : given;
    checkKey(key);
    const jitter = Math.random();
    /** @type {Grant | undefined} */
    let grant;
    const open = async () => {
      const settings = await settingsOf(client);
      // Another call may have been first: all have to share one grant, which keeps unsaved tokens.
      grant ??= { settings, store, key, leeway, jitter, storeTimeoutMs, forms, issues: 0 };
      return grant;
    };
    this.#grant = () => grant ?? open();
  }

  /** @type {import("./index.js").TokenManager["save"]} */
  async save(tokens) {
    try {
      const grant = await this.#grant();
      const { store, key, settings, storeTimeoutMs } = grant;
      const name = typeof object("tokens", tokens).access_token === "string" ? unusable(tokens) : "access_token";
      if (name) {
        throw invalid(`tokens.${name} is not a token (RFC 6749 appendix A): pass what a grant of the client returned`);
      }
      for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts += 1) {
        // Whatever tokens it has: these replace them.
        const stored = readable(key, await loading(grant, tokens), tokens);
        const replace = async () => {
          const { version, requests } = stored ?? {};
          const isSame = !!tokens.refresh_token && stored?.tokens.refresh_token === tokens.refresh_token;
          const input = { version, requests, same_refresh_token: isSame, first: milliseconds(settings) };
          const decided = decides(grant, { name: "replacement", ...input });
          return store.save(key, replacingRecord(stored, decided, tokens, isSame), version);
        };
        const known = [stored?.tokens];
        const saved = await inStore(grant, bounded("save", storeTimeoutMs, replace), () => ({ issued: tokens, known }));
        if (saved) {
          grant.unsaved = undefined;
          return;
        }
      }
      throw conflict(key, tokens);
    } catch (error) {
      throw fromCaller(error, this.save);
    }
  }

  /** @type {import("./index.js").TokenManager["tokens"]} */
  async tokens() {
    try {
      const record = await load(await this.#grant());
      return record && tokenSet(JSON.parse(JSON.stringify(record.tokens)));
    } catch (error) {
      throw fromCaller(error, this.tokens);
    }
  }

  /** @type {import("./index.js").TokenManager["accessToken"]} */
  async accessToken(options = {}) {
    try {
      knownMembers("accessToken", options, ["minValidity", "rejected", "signal"]);
      const { minValidity = 0, rejected, signal } = options;
      const { access_token } = await this.#fresh({ minValidity, rejected }, signal);
      return access_token;
    } catch (error) {
      throw fromCaller(error, this.accessToken);
    }
  }

  /** @type {import("./index.js").TokenManager["fetch"]} */
  async fetch(input, init) {
    try {
      const { settings } = await this.#grant();
      return await apiFetch(settings, (wish, signal) => this.#fresh({ minValidity: 0, ...wish }, signal), input, init);
    } catch (error) {
      throw fromCaller(error, this.fetch);
    }
  }

  /** @type {import("./index.js").TokenManager["revoke"]} */
  async revoke(options) {
    try {
      knownMembers("revoke", options ?? {}, ["signal"]);
      const grant = await this.#grant();
      // Under a lock the revocation comes after a refresh; without one it waits for that of this manager.
      if (!grant.store.lock) await this.#running?.ended.catch(() => {});
      await revokeGrant(grant, options);
    } catch (error) {
      throw fromCaller(error, this.revoke);
    }
  }

  /**
   * Tokens that are valid for the caller. A caller that goes away does not end the refresh that others wait for.
   *
   * @param {Wish} wish
   * @param {AbortSignal} [signal]
   */
  #fresh(wish, signal) {
    const work = () => this.#work(wish, signal);
    return signal ? raced(work, signal) : work();
  }

  /** @param {Wish} wish @param {AbortSignal} [signal] @returns {Promise<TokenSet>} */
  async #work(wish, signal) {
    const grant = await this.#grant();
    wholeSeconds("minValidity", wish.minValidity);
    // Tokens that are not saved yet come first, whether or not the stored token would do.
    // By then(), since this function would keep the record while it waits.
    const fresh = wish.rejected || grant.unsaved ? undefined : await loading(grant).then(usable(grant, wish));
    if (fresh) return fresh;
    for (;;) {
      // No other caller waits for a refresh that would start now.
      if (signal?.aborted) throw aborted(signal);
      const { issues } = grant;
      const shared = this.#running;
      const joined = shared ?? grant.unsaved;
      const over = () => {
        if (this.#running === running) this.#running = undefined;
      };
      const running = shared ?? refresh(grant, wish);
      this.#running = running;
      if (!shared) running.ended.then(over, over);
      const tokens = await resultOf(grant, running, !!shared, over).catch(async (error) => {
        const outlived = await outliving(grant, wish, error);
        if (outlived || !error) return outlived;
        // Each caller gets an error of its own, with a stack of its own.
        throw shared ? ownError(error) : error;
      });
      // Most refreshes have one caller: no call of the module.
      if (tokens && (!joined || takes(grant, wish, tokens, grant.issues !== issues))) return tokens;
    }
  }
}

/**
 * The tokens of a refresh, for one of its callers.
 *
 * @param {Grant} grant
 * @param {import("./refresh.js").Running} running
 * @param {boolean} isShared whether it was started for another caller
 * @param {() => void} over
 */
function resultOf({ settings }, running, isShared, over) {
  const { timeoutMs } = settings;
  // Its first callers have their error: this one waits as long as they did.
  if (running.replied)
    return raced(
      () => running.ended,
      undefined,
      timeoutMs,
      () => running.replied,
    );
  // Workers cancel a request with all its promises: a caller that joined its refresh would wait without end.
  return raced(() => running.result, undefined, isShared ? timeoutMs + MARGIN * 1000 : 0, over);
}

/** Returns the tokens of a record if they need no refresh yet. @param {Grant} grant @param {Wish} wish */
function usable(grant, { minValidity }) {
  const { settings, key, leeway, jitter } = grant;
  return (/** @type {GrantRecord | undefined} */ record) => {
    const { tokens, issued_at } = readable(key, checked(record, key)) ?? {};
    // A refresh decides what to do in a store that went back in time.
    if (!tokens?.access_token || (record && isOlder(record, grant.latest))) return undefined;
    remember(grant, record);
    const { expires_at } = tokens;
    return isFresh(expires_at, seconds(settings), leeway, jitter, minValidity, issued_at) ? tokens : undefined;
  };
}

/** The stored tokens, if they are returned despite a failure. @param {Grant} grant @param {Wish} wish @param {any} error */
async function outliving(grant, { minValidity, rejected }, error) {
  const outlives = (/** @type {object} */ record) =>
    decides(grant, { name: "outlives", code: error?.code, min_validity: minValidity, record });
  // Asked first for a token that never expires: some failures none outlives, and the store may be what failed.
  const record = outlives({}) && (await load(grant));
  if (record) remember(grant, record);
  return record && outlives(decisionRecord(record, rejected)) ? record.tokens : undefined;
}

/** Whether the caller takes the tokens of a refresh that it joined. @param {Grant} grant @param {Wish} wish @param {TokenSet} tokens @param {boolean} issued */
function takes(grant, { minValidity, rejected }, { access_token, expires_at }, issued) {
  return joins(issued, isRejected(access_token, rejected), expires_at, seconds(grant.settings), minValidity);
}

/** @param {Grant} grant @param {object} question */
function decides({ settings }, question) {
  return decide(settings, question, seconds(settings));
}

/** @param {OAuthError} error that several callers share */
function ownError(error) {
  if (!(error instanceof OAuthError)) return error;
  // Spreading omits what is not enumerable.
  const { code, message, tokens, next } = /** @type {import("./index.js").OAuthError} */ (error);
  return new OAuthError(code, message, { ...error, tokens, next, cause: error });
}

/** @param {Grant} grant */
async function load(grant) {
  return readable(grant.key, checked(await loading(grant), grant.key));
}

/** The record, whose format is not checked yet. @param {Grant} grant @param {TokenSet} [tokens] that are not saved */
function loading(grant, tokens) {
  const { key, store, storeTimeoutMs, latest, unsaved } = grant;
  const work = bounded("load", storeTimeoutMs, () => store.load(key));
  return inStore(grant, work, () => ({ issued: tokens, known: [latest?.tokens, unsaved?.issued] }), true);
}

/** @param {string} name @param {number} value */
function wholeSeconds(name, value) {
  if (!(Number.isInteger(value) && value >= 0))
    throw invalid(`${name} is not a whole number of seconds: pass such a number, or omit it`);
}
