import { DurableObject } from "cloudflare:workers";
import { object } from "./check.js";
import { seconds } from "./clock.js";
import { OAuthError } from "./errors.js";
import { TokenManager } from "./manager.js";
import { isRejected } from "./record-fields.js";
import { settingsOf } from "./settings.js";
import { durableObjectStore } from "./stores/durable-object.js";
import { keyedQueue } from "./stores/queue.js";
import { describe, fromDescription, toSend } from "./vault-error.js";
import { failureOf, isDue, nextAlarm, paused, statusOf } from "./vault-schedule.js";
import { isFresh } from "./wasm.js";

export { durableObjectStore } from "./stores/durable-object.js";
export { vaultError } from "./vault-error.js";
export { vaultFetch } from "./vault-fetch.js";

/** @typedef {import("./vault-schedule.js").VaultRecord} VaultRecord */
/** @typedef {import("./settings.js").Settings} Settings */

/**
 * What a vault works with.
 *
 * @typedef {object} Parts
 * @property {TokenManager} manager
 * @property {import("./settings.js").Settings} settings
 * @property {() => Promise<VaultRecord | undefined>} load
 */

/** An object keeps one grant. */
const KEY = "default";
/** The time to the next alarm, in milliseconds, where one failed before it could ask the server. */
const AFTER_A_FAULT = 300_000;

/**
 * One refresh at a time, and no lease to wait for, by this argument. The platform runs one instance of an object, and no
 * other has its storage. Input gates let other calls in while an instance awaits `fetch`; those find the refresh under way
 * in this instance's memory, as the promise of its one TokenManager, and wait for it. What changes the record takes its
 * turn in one queue. So whoever finds a mark in the record that is not its own finds that of an instance that is gone, and
 * goes on at once. Should the platform ever replace an instance that still waits for an answer, that one can no longer
 * write, and the record is saved by compare-and-set all the same.
 *
 * @implements {Pick<import("./cloudflare.js").TokenVault, "save" | "accessToken" | "status" | "disconnect" | "alarm">}
 */
export class TokenVault extends DurableObject {
  // In functions, since consoles show private fields.
  /** @type {() => Promise<Parts>} */
  #open;
  /** Runs one piece of work at a time. @type {<T>(work: () => Promise<T>) => Promise<T>} */
  #alone;

  /** @param {any} ctx @param {any} env */
  constructor(ctx, env) {
    super(ctx, env);
    const store = durableObjectStore(ctx.storage);
    const load = () => store.load(KEY);
    const queue = keyedQueue();
    this.#alone = (work) => queue(KEY, work);
    /** @type {{ manager: TokenManager, client: import("./index.js").OAuthClient } | undefined} */
    let opened;
    this.#open = async () => {
      // Not in the constructor: fields of the subclass are not there yet.
      opened ??= this.#manage(store);
      const { manager, client } = opened;
      return { manager, load, settings: await settingsOf(client) };
    };
  }

  /** @param {import("./index.js").TokenStore} store */
  #manage(store) {
    const client = /** @type {any} */ (this).client(this.env);
    // For a manager whose store has a lock, the mark of another process says nothing.
    /** @template T @param {string} _key @param {() => Promise<T>} run @returns {Promise<T>} */
    const lock = (_key, run) =>
      this.#alone(async () => {
        const { value, failure } = await run().then(
          (value) => ({ value, failure: undefined }),
          (failure) => ({ value: undefined, failure }),
        );
        await this.#settle(store, await this.#open(), failure);
        if (failure) throw failure;
        return /** @type {T} */ (value);
      });
    return { client, manager: new TokenManager(client, { ...store, lock }) };
  }

  /** Notes what a refresh came to, and sets the alarm. @param {import("./index.js").TokenStore} store @param {Parts} parts @param {OAuthError} [failure] */
  async #settle(store, { settings, load }, failure) {
    const now = seconds(settings);
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
    // The runtime keeps its own time, whatever the client's clock says. A clock in seconds is up to one behind.
    const late = settings.clock() - seconds(settings) * 1000;
    await storage.setAlarm(Date.now() + Math.max(0, Math.ceil(wait - late)));
  }

  /** Runs a method for a caller in another Worker. @template T @param {(parts: Parts) => Promise<T>} work @returns {Promise<T>} */
  async #answer(work) {
    try {
      return await work(await this.#open());
    } catch (error) {
      throw error instanceof OAuthError ? toSend(describe(error)) : error;
    }
  }

  /** @type {import("./cloudflare.js").TokenVault["save"]} */
  save(tokens) {
    return this.#answer(({ manager, settings, load }) =>
      this.#alone(async () => {
        await manager.save(object("tokens", tokens));
        await this.#schedule(settings, await load());
      }),
    );
  }

  /** @type {import("./cloudflare.js").TokenVault["accessToken"]} */
  accessToken(options) {
    return this.#answer(async ({ manager, settings, load }) => {
      const { minValidity = 0, rejected } = options ?? {};
      /** @type {OAuthError | undefined} */
      const failure = await manager.accessToken(defined({ minValidity, rejected })).then(
        () => undefined,
        (error) => error,
      );
      const record = await load();
      const now = seconds(settings);
      // A refresh ahead of expiry may fail and leave a token that is still valid.
      if (record && !isRejected(record.tokens.access_token, rejected)) {
        const lasting = ["invalid_configuration", "reauthorization_required"].includes(failure?.code ?? "");
        const isValid = !lasting && isFresh(record.tokens.expires_at, now, 0, 0, minValidity);
        if (!failure || isValid) return tokenOf(record);
      }
      throw explained(settings, failure, record, now);
    });
  }

  /** @type {import("./cloudflare.js").TokenVault["status"]} */
  status() {
    return this.#answer(async ({ settings, load }) => {
      const record = await load();
      if (!record) return { connected: false };
      const now = seconds(settings);
      const { expires_at, scope, accounts_server, api_domain } = record.tokens;
      const { connected, throttled, failing, retry_at, requests_left } = statusOf(settings, record, now);
      const failure = throttled ? "throttled" : failing ? record.backoff?.error.code : undefined;
      return defined({
        connected,
        expires_at,
        scope,
        accounts_server,
        api_domain,
        requests_left,
        failure: connected ? failure : "reauthorization_required",
        retry_at,
      });
    });
  }

  /** @type {import("./cloudflare.js").TokenVault["disconnect"]} */
  disconnect() {
    return this.#answer(({ manager }) =>
      this.#alone(async () => {
        await manager.revoke();
        await this.ctx.storage.deleteAlarm();
      }),
    );
  }

  /** @override @type {import("./cloudflare.js").TokenVault["alarm"]} */
  async alarm() {
    try {
      const { manager, settings, load } = await this.#open();
      const record = await load();
      const now = seconds(settings);
      if (!record || !isDue(settings, record, now)) return await this.#schedule(settings, record);
      const left = (record.tokens.expires_at ?? now) - now;
      await manager.accessToken({ minValidity: Math.max(left, 0) });
    } catch (error) {
      // Not passed on: the runtime would retry at its own pace, some times, and then never again.
      if (!(error instanceof OAuthError)) throw error;
      const { storage } = this.ctx;
      const isOver = error.code === "reauthorization_required";
      // A refresh has set the next alarm. What failed before it, such as a client that is not configured, has not.
      if (!isOver && (await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + AFTER_A_FAULT);
    }
  }
}

/**
 * The error for a caller: after a failed refresh it has the time at which the vault asks again, and until then the failure.
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

/** What a caller needs for a call. @param {VaultRecord} record */
function tokenOf({ tokens: { access_token, expires_at, scope, accounts_server, api_domain } }) {
  return defined({ access_token, expires_at, scope, accounts_server, api_domain });
}

/** @template {object} T @param {T} members */
function defined(members) {
  const some = Object.entries(members).filter(([, value]) => value !== undefined);
  return /** @type {{ [Name in keyof T]: Exclude<T[Name], undefined> }} */ (Object.fromEntries(some));
}
