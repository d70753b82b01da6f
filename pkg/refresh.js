// One refresh: runs the steps that the module asks for (src/manager/refresh.rs), and decides nothing itself.

import { OAuthError } from "./errors.js";
import { seconds } from "./settings.js";
import { tokenSet } from "./token-set.js";
import { call } from "./wasm.js";

/** @typedef {import("./index.js").GrantRecord} GrantRecord */
/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {import("./settings.js").Prepared} Prepared */

/**
 * How a caller wants its token.
 *
 * @typedef {object} Wish
 * @property {number} minValidity seconds
 * @property {string | undefined} [refused] an access token that the resource server refused
 */

/**
 * What a refresh works with.
 *
 * @typedef {object} Grant
 * @property {import("./index.js").OAuthClient} client
 * @property {Prepared} settings
 * @property {import("./index.js").TokenStore} store
 * @property {string} key
 * @property {number} leeway seconds
 * @property {number} jitter from 0 to 1
 * @property {string[] | undefined} [unsaved] a refresh of which the new tokens could not be saved
 * @property {number | undefined} [ended] the mark of a request of this process that ended without an answer
 */

/** Fields of a record, and of a refresh, in a frame. */
const RECORD = 9;
const REFRESH = 3 + 2 * RECORD;
const START = Array.from({ length: REFRESH }, () => "");

/** How long a mark of another process means that its request is under way: its deadline, and some seconds to save. */
const MARGIN = 5;
const PAUSE_MS = 250;

/**
 * Brings tokens that are fresh and saved.
 *
 * @param {Grant} grant
 * @param {Wish} wish
 * @returns {Promise<TokenSet>}
 * @throws {OAuthError}
 */
export function refresh(grant, wish) {
  const { store, key } = grant;
  const run = () => advance(grant, wish);
  return inStore(grant, () => (store.lock ? store.lock(key, run) : run()));
}

/**
 * A refresh under way.
 *
 * @typedef {object} Run
 * @property {Grant} grant
 * @property {string[]} state the refresh as the module wants it back
 * @property {GrantRecord | undefined} [loaded]
 * @property {TokenSet | undefined} [issued] what the server issued and the store may not have yet
 * @property {unknown} [failure] what the request rejected with
 */

/** @param {Grant} grant @param {Wish} wish @returns {Promise<TokenSet>} */
async function advance(grant, wish) {
  const { unsaved } = grant;
  /** @type {Run} */
  const run = { grant, state: unsaved ?? START, issued: unsaved && tokenSet(issuedOf(unsaved)) };
  // A refresh that could not save goes on as one whose save lost: it looks at the store, and saves again.
  let event = unsaved ? ["saved", ""] : ["woke"];
  for (;;) {
    const [step = "", ...rest] = next(run, wish, event);
    if (step === "use" || step === "fail") grant.unsaved = undefined;
    if (step === "use") return toRecord(rest, undefined).tokens;
    if (step === "fail") throw failed(rest, run.failure, grant.key);
    event =
      (await /** @type {Record<string, (run: Run, rest: string[]) => Promise<string[]>>} */ (STEPS)[step]?.(
        run,
        rest,
      )) ?? [];
  }
}

/** The next step and what belongs to it. @param {Run} run @param {Wish} wish @param {string[]} event */
function next(run, wish, event) {
  const { settings, leeway, jitter } = run.grant;
  const asked = [leeway, wish.minValidity, wish.refused ?? "", leaseFor(run.grant, run.loaded)].map(String);
  const fields = [...run.state, ...asked, ...event];
  const answer = call("refresh_advance", settings.packed, fields, [seconds(settings), jitter]).split("\0");
  run.state = answer.slice(0, REFRESH);
  return answer.slice(REFRESH);
}

/** Each does what the module asks for, and returns what came of it. */
const STEPS = {
  /** @param {Run} run */
  async load(run) {
    const { store, key } = run.grant;
    run.loaded = await inStore(run.grant, () => store.load(key), run.issued);
    return run.loaded ? ["loaded", ...recordFields(run.loaded)] : ["absent"];
  },

  /** @param {Run} run @param {string[]} rest */
  async save(run, [expected, ...fields]) {
    const { grant, state, issued } = run;
    // Until the store has it, this process keeps what was issued.
    if (issued) grant.unsaved = withoutLosses(state);
    const record = toRecord(fields, run.loaded);
    const saved = await inStore(grant, () => grant.store.save(grant.key, record, Number(expected)), issued);
    if (saved) run.loaded = record;
    return ["saved", saved ? "1" : ""];
  },

  /** @param {Run} run @param {string[]} fields */
  async send(run, fields) {
    const { tokens, refreshing_since } = toRecord(fields, run.loaded);
    try {
      // Without the caller's signal: an answer may hold the only copy of a new refresh token.
      run.issued = await run.grant.client.refreshTokenGrant(tokens);
      return ["answered", ...recordFields({ version: 0, tokens: run.issued, requests: [] })];
    } catch (error) {
      run.failure = error;
      run.grant.ended = refreshing_since;
      const { code, retryAfter } = /** @type {import("./index.js").OAuthError} */ (error);
      return ["failed", `${code}`, `${retryAfter ?? 0}`];
    }
  },

  /** Another process is at it. */
  async sleep() {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return ["woke"];
  },
};

/** Where there is a lock, a mark says nothing; nor does the mark of a request that is known to have ended. */
function leaseFor(/** @type {Grant} */ { store, settings, ended }, /** @type {GrantRecord | undefined} */ loaded) {
  if (store.lock || (ended !== undefined && loaded?.refreshing_since === ended)) return 0;
  return Math.ceil(settings.timeoutMs / 1000) + MARGIN;
}

/** @param {string[]} state */
function issuedOf(state) {
  return state[3 + RECORD + 1] ?? "";
}

/** @param {string[]} state */
function withoutLosses(state) {
  return state.with(1, "0");
}

/**
 * Runs something with the store. What it throws is an OAuthError of code `store`, with the tokens that were issued and
 * are not saved.
 *
 * @template T
 * @param {Grant} grant
 * @param {() => Promise<T>} work
 * @param {TokenSet} [issued]
 * @returns {Promise<T>}
 */
export async function inStore({ key }, work, issued) {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof OAuthError && !(issued && cause.code === "store")) throw cause;
    const lost = issued ? "new tokens are not saved: they are in `tokens`, and the next call saves them first" : "";
    const reason = cause instanceof OAuthError ? cause.message : "the store failed; see `cause`";
    const message = `grant "${key}": ${[reason, lost].filter(Boolean).join("; ")}`;
    throw new OAuthError("store", message, { retryable: true, cause, tokens: issued });
  }
}

/** @param {string[]} rest @param {unknown} failure @param {string} key */
function failed([reason, wait], failure, key) {
  const again = "send the user through a new authorization request, and save() its tokens";
  switch (reason) {
    case "request":
      return failure;
    case "throttled": {
      const retryAfter = Number(wait);
      const message = `grant "${key}": the rate budget of its refresh token is spent, or the server throttled; no request was sent: wait ${retryAfter} s`;
      return new OAuthError("throttled", message, { retryable: true, retryAfter });
    }
    case "contended":
      return new OAuthError("store", `grant "${key}": others changed the record all the time: try again`, {
        retryable: true,
      });
    case "absent":
      return new OAuthError("reauthorization_required", `the store has no grant "${key}": ${again}`);
    default: {
      const message = `grant "${key}" has no refresh token that the server takes: ${again}`;
      return new OAuthError("reauthorization_required", message);
    }
  }
}

/** @param {GrantRecord} record @returns {string[]} */
function recordFields({ version, tokens, requests, refreshing_since, hold_until, rejected_at }) {
  const { access_token, refresh_token, expires_at } = tokens;
  const fields = [version, JSON.stringify(tokens), access_token, refresh_token, expires_at, (requests ?? []).join(",")];
  return [...fields, refreshing_since, hold_until, rejected_at].map((value) => `${value ?? ""}`);
}

/** The record of fields, over what is stored beside them. @param {string[]} fields @param {GrantRecord | undefined} base @returns {GrantRecord} */
function toRecord([version, tokens, , , , requests, refreshing_since, hold_until, rejected_at], base) {
  const times = Object.entries({ refreshing_since, hold_until, rejected_at });
  const { refreshing_since: _mark, hold_until: _hold, rejected_at: _dead, ...kept } = base ?? {};
  return {
    ...kept,
    version: Number(version),
    tokens: tokenSet(/** @type {string} */ (tokens)),
    requests: requests ? requests.split(",").map(Number) : [],
    ...Object.fromEntries(times.filter(([, time]) => time).map(([name, time]) => [name, Number(time)])),
  };
}
