// What is kept for one session: its grant, by TokenVault, and the events that its page shows.

import { OAuthError } from "grantkit";
import { durableObjectStore, TokenVault, vaultError } from "grantkit/cloudflare";
import { clientOf, locationOf } from "./clients.js";
import { configOf } from "./config.js";
import { eventLog } from "./event-log.js";
import { HttpError } from "./http-error.js";
import { isUnrevoked, unrevoked } from "./pending-revocation.js";
import { fromTrace } from "./request-events.js";
import { LIFETIME } from "./zoho.js";

/** @typedef {import("grantkit").TokenSet} TokenSet */
/** @typedef {import("./event-log.js").KeptEvent} KeptEvent */
/** @typedef {import("./request-events.js").Event} Event */
/** @typedef {"web" | "self"} Kind */

/** What a caller has of a vault. @typedef {Pick<Vault, "accessToken" | "adopt" | "disconnect" | "events" | "fetch" | "offset" | "pass" | "record" | "restore" | "retire" | "show">} VaultStub */

/**
 * The part of a Durable Object's storage that is read at once.
 *
 * @typedef {object} SyncStorage
 * @property {{ get: (key: string) => any, put: (key: string, value: unknown) => void, delete: (key: string) => boolean }} kv
 * @property {import("./event-log.js").Sql} sql
 * @property {(options: { limit: number }) => Promise<Map<string, unknown>>} list
 * @property {() => Promise<number | null>} getAlarm
 * @property {(time: number) => Promise<void>} setAlarm
 * @property {() => Promise<void>} deleteAlarm
 * @property {() => Promise<void>} deleteAll
 */

/**
 * What is shown of a grant. Times are seconds of the vault's clock.
 *
 * @typedef {object} Grant
 * @property {Kind} kind
 * @property {import("grantkit").ZohoLocation | undefined} location
 * @property {string | undefined} access_token its end
 * @property {string | undefined} refresh_token its end
 * @property {number} lifetime of an access token, in seconds
 * @property {number} now
 */

/** @typedef {import("grantkit/cloudflare").VaultStatus & { now: number } & Partial<Grant>} Shown */

/** Where TokenVault keeps the record of its grant. */
const KEY = "default";
const UNREVOKED = "unrevoked";

/** @extends {TokenVault<import("./config.js").Env>} */
export class Vault extends TokenVault {
  #log;

  /** @param {any} ctx @param {import("./config.js").Env} env */
  constructor(ctx, env) {
    super(ctx, env);
    this.#log = eventLog(ctx.storage.sql);
  }

  get #storage() {
    return /** @type {SyncStorage} */ (/** @type {unknown} */ (this.ctx.storage));
  }

  /** @override @param {import("./config.js").Env} env */
  client(env) {
    try {
      return clientOf(configOf(env), this.#kind(), {
        clock: () => this.#now(),
        trace: (traced) => {
          const event = fromTrace(traced, "vault");
          return event && this.record([event]);
        },
      });
    } catch (error) {
      throw error instanceof HttpError ? sendable(error) : error;
    }
  }

  /** @returns {Kind} */
  #kind() {
    return this.#storage.kv.get("kind") ?? "web";
  }

  /** The time of this vault, which the demo's controls may have moved ahead, in milliseconds. */
  #now() {
    return Date.now() + this.offset();
  }

  /** How far this vault's clock is ahead, in milliseconds. */
  offset() {
    return /** @type {number} */ (this.#storage.kv.get("offset") ?? 0);
  }

  /**
   * Takes the grant of a new session.
   *
   * @param {{ kind: Kind, offset: number, tokens: TokenSet }} grant
   */
  async adopt({ kind, offset, tokens }) {
    // Before the client is made.
    this.#storage.kv.put("kind", kind);
    await this.restore({ offset, events: [] });
    await this.save(tokens);
    await this.#keepAlarm("connected");
  }

  /** Takes what the vault of an earlier session handed over. @param {{ offset: number, events: KeptEvent[] }} earlier */
  async restore({ offset, events }) {
    this.#storage.kv.put("offset", offset);
    this.#log.restore(events);
    await this.#keepAlarm();
  }

  /** Revokes what it can, forgets everything, and hands over what a new session goes on with. */
  async retire() {
    const tokens = await this.#tokens().catch(() => undefined);
    const failure = await this.disconnect().then(() => undefined, vaultError);
    // Apart from the record, from which whoever still has the cookie of this session would be served.
    if (tokens && failure?.retryable) {
      this.#storage.kv.put(UNREVOKED, unrevoked(configOf(this.env), { kind: this.#kind(), tokens }));
    }
    const kept = { offset: this.offset(), events: this.#log.since() };
    await this.#erase();
    return kept;
  }

  /** Forgets everything but a grant that is still to be revoked. */
  async #erase() {
    const left = this.#unrevoked();
    this.#log.close();
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
    if (!left) return;
    this.#storage.kv.put(UNREVOKED, left);
    await this.#keepAlarm();
  }

  /** @returns {import("./pending-revocation.js").Unrevoked | undefined} */
  #unrevoked() {
    return this.#storage.kv.get(UNREVOKED);
  }

  async #tokens() {
    return (await durableObjectStore(this.ctx.storage).load(KEY))?.tokens;
  }

  /** @param {Event[]} events */
  async record(events) {
    this.#log.add(events);
    await this.#keepAlarm();
  }

  /** The kept events after an id. @param {number} [id] */
  events(id) {
    return this.#log.since(id);
  }

  /** The events as they happen. @override @param {any} request @returns {Promise<any>} */
  async fetch(request) {
    return this.#log.stream(Number(request.headers.get("last-event-id")));
  }

  /** Whether nothing is kept, and nothing will happen. */
  async isEmpty() {
    const [entries, alarm] = await Promise.all([this.#storage.list({ limit: 1 }), this.#storage.getAlarm()]);
    return entries.size === 0 && alarm === null && this.#log.since().length === 0;
  }

  /** How many browsers watch. */
  watchers() {
    return this.#log.watchers();
  }

  /** What the page may know of the grant: nothing that would open anything. @returns {Promise<Shown>} */
  async show() {
    const now = Math.floor(this.#now() / 1000);
    const tokens = await this.#tokens();
    if (!tokens) return { connected: false, now };
    const status = await this.#statusOf(tokens);
    const location = await locationOf(configOf(this.env), status.accounts_server);
    const ends = { access_token: masked(tokens.access_token), refresh_token: masked(tokens.refresh_token) };
    return { ...status, kind: this.#kind(), location, ...ends, lifetime: LIFETIME, now };
  }

  /** The status of the grant; where its client is gone, what its tokens say. @param {TokenSet} tokens @returns {ReturnType<TokenVault["status"]>} */
  async #statusOf({ expires_at, scope, accounts_server, api_domain }) {
    try {
      return await this.status();
    } catch (error) {
      const failure = vaultError(error)?.code;
      if (failure !== "invalid_configuration") throw error;
      // JSON leaves out what is undefined.
      const told = /** @type {import("grantkit/cloudflare").VaultToken} */ ({
        expires_at,
        scope,
        accounts_server,
        api_domain,
      });
      return { ...told, connected: true, failure };
    }
  }

  /** Time passes for this vault alone. @param {number} seconds */
  async pass(seconds) {
    this.#storage.kv.put("offset", this.offset() + seconds * 1000);
    await this.#keepAlarm();
  }

  /** @override @type {TokenVault["accessToken"]} */
  async accessToken(options) {
    try {
      return await super.accessToken(options);
    } finally {
      await this.#keepAlarm();
    }
  }

  /** @override @type {TokenVault["alarm"]} */
  async alarm() {
    const left = this.#unrevoked();
    if (left) {
      if (!(await isUnrevoked(this.env, left))) this.#storage.kv.delete(UNREVOKED);
      await this.#erase();
      return;
    }
    if (Date.now() >= this.#until()) {
      await this.retire();
      return;
    }
    try {
      await super.alarm();
    } finally {
      await this.#keepAlarm();
    }
  }

  /** @override @type {TokenVault["disconnect"]} */
  async disconnect() {
    try {
      await super.disconnect();
    } finally {
      // Events and settings are still there: whoever asked may be gone before it retires this vault.
      await this.#keepAlarm();
    }
  }

  /** When the session of this vault has ended. */
  #until() {
    return /** @type {number} */ (this.#storage.kv.get("until") ?? 0);
  }

  /**
   * Sees to it that what is kept has an end: an alarm rings then, or earlier for the grant, or to revoke it again.
   *
   * @param {"connected"} [begins] the life that begins now
   */
  async #keepAlarm(begins) {
    if (begins || this.#until() === 0) {
      const life = configOf(this.env).life[begins ?? "anonymous"];
      this.#storage.kv.put("until", Date.now() + life * 1000);
    }
    const left = this.#unrevoked();
    const until = Math.min(this.#until(), left ? Date.now() + left.pause : Number.POSITIVE_INFINITY);
    const alarm = await this.#storage.getAlarm();
    if (alarm === null || alarm > until) await this.#storage.setAlarm(until);
  }
}

/** Of an OAuthError alone TokenVault sends more than words. Its constructor is not among the types. @param {HttpError} refusal */
function sendable({ message }) {
  return new /** @type {any} */ (OAuthError)("invalid_configuration", message);
}

/** @param {string} [token] */
function masked(token) {
  return token && `…${token.slice(-4)}`;
}
