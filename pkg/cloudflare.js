import { DurableObject } from "cloudflare:workers";
import { defined, knownMembers, object } from "./check.js";
import { seconds } from "./clock.js";
import { OAuthError } from "./errors.js";
import { TokenManager } from "./manager.js";
import { isRejected, readable, settling } from "./record-fields.js";
import { settingsOf } from "./settings.js";
import { PLACE } from "./store-error.js";
import { durableObjectStore } from "./stores/durable-object.js";
import { keyedQueue } from "./stores/queue.js";
import { describe, fromDescription, toSend } from "./vault-error.js";
import { ALARM_RETRY, due, failureOf, nextAlarm, paused, statusOf } from "./vault-schedule.js";

export { durableObjectStore } from "./stores/durable-object.js";
export { vaultError } from "./vault-error.js";
export { vaultFetch } from "./vault-fetch.js";

/** @typedef {import("./vault-schedule.js").VaultRecord} VaultRecord */
/** @typedef {import("./settings.js").Settings} Settings */

/**
 * What the methods of a vault use.
 *
 * @typedef {object} Parts
 * @property {TokenManager} manager
 * @property {import("./settings.js").Settings} settings
 * @property {() => Promise<VaultRecord | undefined>} load
 */

/** The time to the alarm of a refresh that could not save its tokens, in milliseconds. */
const SAVE_RETRY = 30_000;

/** An object stores one grant. */
const KEY = "default";

/**
 * Only one refresh runs at a time, without a lease. The platform runs one instance of an object, and only that instance
 * has its storage. Input gates let other calls in while the instance awaits `fetch`: they wait for the refresh in progress,
 * which is a promise of the instance's one TokenManager. All changes of the record go through one queue. Therefore a mark
 * in the record that was not set by this instance was set by one that no longer runs, and a refresh need not wait for it.
 * If the platform replaced an instance that still waits for a response, that instance could no longer write; besides, the
 * record is saved by compare-and-set.
 *
 * @implements {Pick<import("./cloudflare.js").TokenVault, "save" | "accessToken" | "status" | "disconnect" | "alarm">}
 */
export class TokenVault extends DurableObject {
  // In functions, since consoles show private fields.
  /** @type {() => Promise<Parts>} */
  #open;
  /** @type {Parts["load"]} */
  #load;
  /** Runs one piece of work at a time. @type {<T>(work: () => Promise<T>) => Promise<T>} */
  #inTurn;

  /** @param {any} ctx @param {any} env */
  constructor(ctx, env) {
    super(ctx, env);
    const store = durableObjectStore(ctx.storage);
    const load = async () => readable(KEY, await store.load(KEY));
    this.#load = load;
    const queue = keyedQueue();
    this.#inTurn = (work) => queue(KEY, work);
    /** @type {{ manager: TokenManager, client: import("./index.js").OAuthClient } | undefined} */
    let opened;
    this.#open = async () => {
      // Not in the constructor, where the fields of the subclass are not set yet.
      opened ??= this.#manage(store);
      const { manager, client } = opened;
      return { manager, load, settings: await settingsOf(client) };
    };
  }

  /** @param {import("./index.js").TokenStore} store */
  #manage(store) {
    const client = /** @type {any} */ (this).client(this.env);
    /** @template T @param {string} _key @param {() => Promise<T>} run @returns {Promise<T>} */
    const lock = (_key, run) => this.#inTurn(run);
    // No other process has this store: a manager does not wait for the mark of one.
    const settle = async (/** @type {OAuthError} */ failure) => this.#settle(store, await this.#open(), failure);
    const name = this.ctx.id?.name;
    const place = name === undefined ? "the vault" : `the vault ${JSON.stringify(name)}`;
    return {
      client,
      manager: new TokenManager(client, Object.assign({ ...store, lock }, { [settling]: settle, [PLACE]: place })),
    };
  }

  /** Saves the pause after a failed refresh, and sets the alarm. @param {import("./index.js").TokenStore} store @param {Parts} parts @param {OAuthError} [failure] */
  async #settle(store, { settings, load }, failure) {
    const now = seconds(settings);
    // Whatever fails here: tokens that are not saved yet are saved by the alarm.
    await this.ctx.storage.setAlarm(Date.now() + SAVE_RETRY);
    let record = await load();
    const next = record && failure instanceof OAuthError && paused(settings, record, failure, now, Math.random());
    if (record && next && (await store.save(KEY, next, record.version))) record = next;
    await this.#schedule(settings, record, failure);
  }

  /** @param {Parts["settings"]} settings @param {VaultRecord | undefined} record @param {OAuthError} [failure] */
  async #schedule(settings, record, failure) {
    const { storage } = this.ctx;
    const wait = nextAlarm(settings, record, failure, seconds(settings), Math.random());
    if (wait === undefined) return storage.deleteAlarm();
    // Alarms use the runtime's clock, which may differ from the client's. Whole seconds are up to one second behind.
    const late = settings.clock() - seconds(settings) * 1000;
    await storage.setAlarm(Date.now() + Math.max(0, Math.ceil(wait - late)));
  }

  /** Runs a method for a caller in another Worker. @template T @param {(parts: Parts) => Promise<T>} work @returns {Promise<T>} */
  #forCaller(work) {
    return this.#sending(async () => work(await this.#open()));
  }

  /** Gives errors a form that can be sent to another Worker. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async #sending(work) {
    try {
      return await work();
    } catch (error) {
      throw error instanceof OAuthError ? toSend(describe(error)) : error;
    }
  }

  /** @type {import("./cloudflare.js").TokenVault["save"]} */
  save(tokens) {
    return this.#forCaller(({ manager, settings, load }) =>
      this.#inTurn(async () => {
        await manager.save(object("tokens", tokens));
        await this.#schedule(settings, await load());
      }),
    );
  }

  /** @type {import("./cloudflare.js").TokenVault["accessToken"]} */
  accessToken(options) {
    return this.#forCaller(async ({ manager, settings, load }) => {
      knownMembers("accessToken", options ?? {}, ["minValidity", "rejected", "unsaved"]);
      const { minValidity = 0, rejected, unsaved } = /** @type {import("./vault-error.js").Ask} */ (options ?? {});
      /** @type {import("./index.js").OAuthErrorMembers | undefined} */
      const failure = await manager.accessToken(defined({ minValidity, rejected })).then(
        () => undefined,
        (error) => error,
      );
      // Not from a store that has just failed: it may keep the caller waiting.
      const record = failure?.code === "store" && failure.tokens ? undefined : await load();
      // The manager has decided whether the stored token outlives a failure.
      if (!failure && record && !isRejected(record.tokens.access_token, rejected)) return tokenOf(record.tokens);
      const error = explained(settings, failure, record, seconds(settings));
      if (!failure?.tokens || !unsaved) throw error;
      const { token_type } = failure.tokens;
      return /** @type {any} */ ({ failure: describe(error), tokens: { ...tokenOf(failure.tokens), token_type } });
    });
  }

  /** @type {import("./cloudflare.js").TokenVault["status"]} */
  status() {
    return this.#sending(async () => {
      // Before the configuration: a record of a later version says so.
      const record = await this.#load();
      const { settings } = await this.#open();
      if (!record) return { connected: false };
      const { access_token: _, ...token } = tokenOf(record.tokens);
      const { connected, failure, retry_at, requests_left } = statusOf(settings, record, seconds(settings));
      return defined({ connected, ...token, requests_left, failure, retry_at });
    });
  }

  /** @type {import("./cloudflare.js").TokenVault["disconnect"]} */
  disconnect() {
    return this.#forCaller(async ({ manager, settings, load }) => {
      await manager.revoke();
      // Another grant may have been saved meanwhile.
      await this.#inTurn(async () => this.#schedule(settings, await load()));
    });
  }

  /** @override @type {import("./cloudflare.js").TokenVault["alarm"]} */
  async alarm() {
    // A refresh replaces this alarm; an error before it, such as of a client that is not configured, does not.
    await this.ctx.storage.setAlarm(Date.now() + ALARM_RETRY);
    try {
      const { manager, settings, load } = await this.#open();
      const record = await load();
      const minValidity = record && due(settings, record, seconds(settings));
      // If it is too early, this only saves what an earlier refresh could not save.
      const fresh = manager.accessToken({ minValidity: minValidity ?? 0 });
      if (minValidity !== undefined) await fresh;
      else await fresh.catch(() => {}).then(async () => this.#schedule(settings, await load()));
    } catch (error) {
      // Not thrown on: the runtime would retry at its own intervals a few times, and then stop.
      if (!(error instanceof OAuthError)) throw error;
    }
  }
}

/**
 * The error for a caller: that of the failed refresh, with the time until the vault sends the next request.
 *
 * @param {Settings} settings
 * @param {OAuthError | undefined} failure
 * @param {VaultRecord | undefined} record
 * @param {number} now seconds
 */
function explained(settings, failure, record, now) {
  if (!failure) {
    const message =
      "the grant was disconnected meanwhile: send the user through a new authorization request, and save() its tokens";
    return new OAuthError("reauthorization_required", message);
  }
  const until = record && statusOf(settings, record, now).retry_at;
  if (!record || until === undefined) return failure;
  const reason = (failure.code === "throttled" && failureOf(settings, record, now)) || describe(failure);
  return fromDescription({ ...reason, retryAfter: until - now });
}

/** The members of tokens that a caller may have. @param {import("./index.js").TokenSet} tokens */
function tokenOf({ access_token, expires_at, scope, accounts_server, api_domain }) {
  return defined({ access_token, expires_at, scope, accounts_server, api_domain });
}
