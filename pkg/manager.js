import { apiFetch } from "./api.js";
import { invalid, knownMembers, object } from "./check.js";
import { contended, inStore, issuedIn, MARGIN, refresh } from "./refresh.js";
import { milliseconds, seconds, settingsOf } from "./settings.js";
import { checkKey } from "./stores/record.js";
import { tokenSet } from "./token-set.js";
import { aborted, raced } from "./transport.js";
import { isFresh } from "./wasm.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {import("./refresh.js").Grant} Grant */
/** @typedef {import("./refresh.js").Wish} Wish */

/** A refresh that lost its save this often has lost to something that is no refresh. */
const MAX_LOST = 20;
/** Failures that a good token does not outlive: the caller's own, a dead grant, and tokens that are not saved. */
const LASTING = ["invalid_configuration", "reauthorization_required", "store"];

/** @implements {Pick<import("./index.js").TokenManager, keyof import("./index.js").TokenManager>} */
export class TokenManager {
  // In a function, since consoles show private fields.
  /** @type {() => Promise<Grant>} */
  #grant;
  /** The refresh that all callers of this manager share. @type {Promise<TokenSet> | undefined} */
  #running;

  /**
   * @param {import("./index.js").OAuthClient} client
   * @param {import("./index.js").TokenStore} store
   * @param {{ key?: string, leeway?: number }} [options]
   */
  constructor(client, store, options = {}) {
    knownMembers("TokenManager", options, ["key", "leeway"]);
    const { key = "default", leeway = 300 } = options;
    if (typeof store?.load !== "function" || typeof store.save !== "function") {
      throw invalid("the store must be a TokenStore, such as memoryStore()");
    }
    wholeSeconds("leeway", leeway);
    checkKey(key);
    const base = { client, store, key, leeway, jitter: Math.random(), answers: 0 };
    /** @type {Grant | undefined} */
    let grant;
    this.#grant = async () => {
      grant ??= { ...base, settings: await settingsOf(client) };
      return grant;
    };
  }

  /** @type {import("./index.js").TokenManager["save"]} */
  async save(tokens) {
    const grant = await this.#grant();
    const { store, key, settings } = grant;
    if (typeof object("tokens", tokens).access_token !== "string") {
      throw invalid("tokens must be a TokenSet, as a grant of the client returned it");
    }
    for (let lost = 0; lost <= MAX_LOST; lost += 1) {
      const done = await inStore(
        grant,
        async () => {
          const stored = await store.load(key);
          // The budget is of a refresh token: a new one begins with all of it.
          const same = stored?.tokens.refresh_token === tokens.refresh_token;
          const requests = same && stored ? stored.requests : [];
          // A grant that is deleted and made anew must not meet the version that some late save expects.
          const version = stored ? stored.version + 1 : Math.floor(milliseconds(settings));
          const record = { version, tokens, requests };
          return store.save(key, record, stored?.version);
        },
        tokens,
      );
      if (done) {
        grant.unsaved = undefined;
        return;
      }
    }
    throw contended(key, tokens);
  }

  /** @type {import("./index.js").TokenManager["tokens"]} */
  async tokens() {
    const record = await load(await this.#grant());
    return record && tokenSet(JSON.stringify(record.tokens));
  }

  /** @type {import("./index.js").TokenManager["accessToken"]} */
  async accessToken({ minValidity = 0, rejected, signal } = {}) {
    const { access_token } = await this.#fresh({ minValidity, rejected }, signal);
    return access_token;
  }

  /** @type {import("./index.js").TokenManager["fetch"]} */
  async fetch(input, init) {
    const { settings } = await this.#grant();
    return apiFetch(settings, (rejected, signal) => this.#fresh({ minValidity: 0, rejected }, signal), input, init);
  }

  /** @type {import("./index.js").TokenManager["revoke"]} */
  async revoke(options) {
    const grant = await this.#grant();
    const { client, store, key } = grant;
    const record = await load(grant);
    const tokens = issuedIn(grant.unsaved) ?? record?.tokens;
    if (!tokens) return;
    await client.revoke(tokens, options);
    grant.unsaved = undefined;
    // What others saved meanwhile is not revoked.
    const isSame = (await load(grant))?.version === record?.version;
    if (isSame) await inStore(grant, () => store.delete(key));
  }

  /**
   * Tokens that are good for the caller. Whoever goes away does not take the refresh along that others wait for.
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
    const { settings, leeway, jitter } = grant;
    const { minValidity, rejected } = wish;
    wholeSeconds("minValidity", minValidity);
    /** The stored tokens, if they are good for that long. @param {number} leeway */
    const stored = async (leeway) => {
      const { tokens, issued_at } = (await load(grant)) ?? {};
      const isGood = tokens?.access_token && tokens.access_token !== rejected;
      return isGood && isFresh(tokens.expires_at, seconds(settings), leeway, jitter, minValidity, issued_at)
        ? tokens
        : undefined;
    };
    // What is not saved yet comes first, whether or not the old token would do.
    const fresh = rejected || grant.unsaved ? undefined : await stored(leeway);
    if (fresh) return fresh;
    for (;;) {
      // Nobody waits for a refresh that would begin now.
      if (signal?.aborted) throw aborted(signal);
      const { answers } = grant;
      const joined = this.#running;
      const others = joined ?? grant.unsaved;
      const over = () => {
        if (this.#running === running) this.#running = undefined;
      };
      /** @type {Promise<TokenSet>} */
      const running = joined ?? refresh(grant, wish).finally(over);
      this.#running = running;
      // Workers cancel a request with all its promises: who joined the refresh of one would wait for ever.
      const patience = joined && settings.timeoutMs + MARGIN * 1000;
      const tokens = await raced(() => running, undefined, patience, over).catch(async (error) => {
        // A token that is due but good outlives the failure of the server or the network.
        const good = !LASTING.includes(error?.code) && (await stored(0));
        if (good || !error) return good;
        throw error;
      });
      if (!tokens) continue;
      // One that was begun for another caller may not do for this one, unless it brought what the server issues now.
      const enough =
        tokens.access_token !== rejected && isFresh(tokens.expires_at, seconds(settings), 0, 0, minValidity);
      if (!others || grant.answers !== answers || enough) return tokens;
    }
  }
}

/** @param {Grant} grant */
function load(grant) {
  return inStore(grant, () => grant.store.load(grant.key));
}

/** @param {string} name @param {number} value */
function wholeSeconds(name, value) {
  if (!(Number.isInteger(value) && value >= 0)) throw invalid(`${name} must be a whole number of seconds`);
}
