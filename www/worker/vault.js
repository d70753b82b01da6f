// The vault of a session, a Durable Object: TokenVault stores the grant, and the event log stores what the page shows.

import { OAuthError } from "grantkit";
import { durableObjectStore, TokenVault, vaultError } from "grantkit/cloudflare";
import { clientOf, locationOf } from "./clients.js";
import { configOf } from "./config.js";
import { eventLog } from "./event-log.js";
import { HttpError } from "./http-error.js";
import { pendingRevocation, retryRevocation } from "./pending-revocation.js";
import { eventFromTrace } from "./request-events.js";
import { ACCESS_TOKEN_SECONDS } from "./zoho.js";

/** @typedef {import("grantkit").TokenSet} TokenSet */
/** @typedef {import("./event-log.js").StoredEvent} StoredEvent */
/** @typedef {import("./request-events.js").Event} Event */
/** @typedef {"web" | "self"} Kind */

/** What one vault passes to the next, in milliseconds and events. @typedef {{ offset: number, events: StoredEvent[] }} History */

/** The methods that the Worker calls by RPC. @typedef {Pick<Vault, "accessToken" | "addEvents" | "advanceClock" | "clockOffset" | "describe" | "disconnect" | "endSession" | "events" | "fetch" | "importHistory" | "saveGrant">} VaultStub */

/**
 * The part of a Durable Object's storage that this module uses.
 *
 * @typedef {object} Storage
 * @property {{ get: (key: string) => any, put: (key: string, value: unknown) => void, delete: (key: string) => boolean }} kv
 * @property {import("./event-log.js").Sql} sql
 * @property {(options: { limit: number }) => Promise<Map<string, unknown>>} list
 * @property {() => Promise<number | null>} getAlarm
 * @property {(time: number) => Promise<void>} setAlarm
 * @property {() => Promise<void>} deleteAlarm
 * @property {() => Promise<void>} deleteAll
 */

/**
 * What the page shows of a grant.
 *
 * @typedef {object} Grant
 * @property {Kind} kind
 * @property {import("grantkit").ZohoLocation | undefined} location
 * @property {string | undefined} access_token its last characters
 * @property {string | undefined} refresh_token its last characters
 * @property {number} lifetime of an access token, in seconds
 * @property {number} now the vault's clock, in seconds since the epoch
 */

/** @typedef {import("grantkit/cloudflare").VaultStatus & { now: number } & Partial<Grant>} Description */

/** The key under which TokenVault stores its record. */
const RECORD_KEY = "default";
const PENDING_REVOCATION_KEY = "unrevoked";
/** The time to the next attempt to end a session whose record a newer version wrote, in milliseconds. */
const END_RETRY_MS = 300_000;

/** @extends {TokenVault<import("./config.js").Env>} */
export class Vault extends TokenVault {
  #log;

  /** @param {any} ctx @param {import("./config.js").Env} env */
  constructor(ctx, env) {
    super(ctx, env);
    this.#log = eventLog(ctx.storage.sql);
  }

  get #storage() {
    return /** @type {Storage} */ (/** @type {unknown} */ (this.ctx.storage));
  }

  /** @override @param {import("./config.js").Env} env */
  client(env) {
    try {
      return clientOf(configOf(env), this.#kind(), {
        clock: () => this.#now(),
        trace: (traced) => {
          const event = eventFromTrace(traced, "vault");
          return event && this.addEvents([event]);
        },
      });
    } catch (error) {
      throw error instanceof HttpError ? serializable(error) : error;
    }
  }

  /** @returns {Kind} */
  #kind() {
    return this.#storage.kv.get("kind") ?? "web";
  }

  /** The time of this vault, in milliseconds. The demo controls can move it ahead. */
  #now() {
    return Date.now() + this.clockOffset();
  }

  /** How far this vault's clock is ahead of the real one, in milliseconds. */
  clockOffset() {
    return /** @type {number} */ (this.#storage.kv.get("offset") ?? 0);
  }

  /**
   * Stores the grant of a new session.
   *
   * @param {{ kind: Kind, offset: number, tokens: TokenSet }} grant
   */
  async saveGrant({ kind, offset, tokens }) {
    // Stored first, because save() creates the client of this kind.
    this.#storage.kv.put("kind", kind);
    await this.importHistory({ offset, events: [] });
    await this.save(tokens);
    await this.#setSessionAlarm("connected");
  }

  /** Continues with the clock and the events of the previous session. @param {History} history */
  async importHistory({ offset, events }) {
    this.#storage.kv.put("offset", offset);
    this.#log.import(events);
    await this.#setSessionAlarm();
  }

  /**
   * Revokes the grant and deletes everything. A revocation that can be retried stays pending. Rejects for a record that a
   * newer version wrote, and deletes nothing: only that version can revoke its grant.
   *
   * @returns {Promise<History>} for the next session
   */
  async endSession() {
    const tokens = await this.#tokens().catch(() => undefined);
    if (tokens) await this.#statusOf(tokens);
    const failure = await this.disconnect().then(() => undefined, vaultError);
    // Not in the record of TokenVault, so that the old session cookie no longer gives access to the grant.
    if (tokens && failure?.retryable) {
      const pending = pendingRevocation(configOf(this.env), { kind: this.#kind(), tokens });
      this.#storage.kv.put(PENDING_REVOCATION_KEY, pending);
    }
    const history = { offset: this.clockOffset(), events: this.#log.since() };
    await this.#erase();
    return history;
  }

  /** Deletes everything except a pending revocation. */
  async #erase() {
    const pending = this.#pendingRevocation();
    this.#log.closeStreams();
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
    if (!pending) return;
    this.#storage.kv.put(PENDING_REVOCATION_KEY, pending);
    await this.#setSessionAlarm();
  }

  /** @returns {import("./pending-revocation.js").PendingRevocation | undefined} */
  #pendingRevocation() {
    return this.#storage.kv.get(PENDING_REVOCATION_KEY);
  }

  async #tokens() {
    return (await durableObjectStore(this.ctx.storage).load(RECORD_KEY))?.tokens;
  }

  /** @param {Event[]} events */
  async addEvents(events) {
    this.#log.add(events);
    await this.#setSessionAlarm();
  }

  /** The stored events after an id. @param {number} [id] */
  events(id) {
    return this.#log.since(id);
  }

  /** Responds with a stream of the events. @override @param {any} request @returns {Promise<any>} */
  async fetch(request) {
    return this.#log.stream(Number(request.headers.get("last-event-id")));
  }

  /** Whether the vault stores nothing and has no alarm. */
  async isEmpty() {
    const [entries, alarm] = await Promise.all([this.#storage.list({ limit: 1 }), this.#storage.getAlarm()]);
    return entries.size === 0 && alarm === null && this.#log.since().length === 0;
  }

  /** How many browsers receive the events. */
  streamCount() {
    return this.#log.streamCount();
  }

  /** What the page shows of the grant, without any credential. @returns {Promise<Description>} */
  async describe() {
    const now = Math.floor(this.#now() / 1000);
    const tokens = await this.#tokens();
    if (!tokens) return { connected: false, now };
    const status = await this.#statusOf(tokens);
    return {
      ...status,
      kind: this.#kind(),
      location: locationOf(configOf(this.env), status.accounts_server),
      access_token: mask(tokens.access_token),
      refresh_token: mask(tokens.refresh_token),
      lifetime: ACCESS_TOKEN_SECONDS,
      now,
    };
  }

  /** The status of the grant. If its client was removed from the Worker, the status comes from the tokens. Rejects for a record that a newer version wrote. @param {TokenSet} tokens @returns {ReturnType<TokenVault["status"]>} */
  async #statusOf({ expires_at, scope, accounts_server, api_domain }) {
    try {
      return await this.status();
    } catch (error) {
      const failure = vaultError(error)?.code;
      if (failure !== "invalid_configuration") throw error;
      // The cast ignores members that are undefined, which JSON omits.
      const token = /** @type {import("grantkit/cloudflare").VaultToken} */ ({
        expires_at,
        scope,
        accounts_server,
        api_domain,
      });
      return { ...token, connected: true, failure };
    }
  }

  /** Moves only this vault's clock. @param {number} seconds */
  async advanceClock(seconds) {
    this.#storage.kv.put("offset", this.clockOffset() + seconds * 1000);
    await this.#setSessionAlarm();
  }

  /** @override @type {TokenVault["accessToken"]} */
  async accessToken(options) {
    try {
      return await super.accessToken(options);
    } finally {
      await this.#setSessionAlarm();
    }
  }

  /** @override @type {TokenVault["alarm"]} */
  async alarm() {
    const pending = this.#pendingRevocation();
    if (pending) {
      if (!(await retryRevocation(this.env, pending))) this.#storage.kv.delete(PENDING_REVOCATION_KEY);
      await this.#erase();
      return;
    }
    if (Date.now() >= this.#sessionEnd()) {
      await this.endSession().catch(async (error) => {
        if (vaultError(error)?.code !== "store") throw error;
        await this.#storage.setAlarm(Date.now() + END_RETRY_MS);
      });
      return;
    }
    try {
      await super.alarm();
    } finally {
      await this.#setSessionAlarm();
    }
  }

  /** @override @type {TokenVault["disconnect"]} */
  async disconnect() {
    try {
      await super.disconnect();
    } finally {
      // The vault still stores events and settings, and the caller may fail before it calls endSession().
      await this.#setSessionAlarm();
    }
  }

  /** When the session ends, in milliseconds since the epoch; 0 if it has not started. */
  #sessionEnd() {
    return /** @type {number} */ (this.#storage.kv.get("until") ?? 0);
  }

  /**
   * Ensures that an alarm is set for the end of the session or the next attempt of a pending revocation. An alarm that
   * TokenVault set for an earlier refresh stays.
   *
   * @param {"connected"} [start] starts a session of this kind
   */
  async #setSessionAlarm(start) {
    if (start || this.#sessionEnd() === 0) {
      const seconds = configOf(this.env).sessionSeconds[start ?? "anonymous"];
      this.#storage.kv.put("until", Date.now() + seconds * 1000);
    }
    const pending = this.#pendingRevocation();
    const time = Math.min(this.#sessionEnd(), pending ? Date.now() + pending.pause : Number.POSITIVE_INFINITY);
    const alarm = await this.#storage.getAlarm();
    if (alarm === null || alarm > time) await this.#storage.setAlarm(time);
  }
}

/** TokenVault sends the members of an OAuthError only. Its constructor is not in the public types. @param {HttpError} error */
function serializable({ message }) {
  return new /** @type {any} */ (OAuthError)("invalid_configuration", message);
}

/** @param {string} [token] */
function mask(token) {
  return token && `…${token.slice(-4)}`;
}
