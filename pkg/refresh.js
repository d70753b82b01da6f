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
 * @property {string | undefined} [rejected] an access token that the resource server refused
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
 * @property {number} answers how many refreshes brought new tokens
 * @property {string[] | undefined} [unsaved] a refresh of which the new tokens could not be saved
 * @property {number | undefined} [ended] the version that marked a request of this process which ended without an answer
 */

/** Fields of a record, and of a refresh, in a frame. */
const RECORD = 10;
const REFRESH = 3 + 2 * RECORD;
const TIMES = /** @type {const} */ (["refreshing_since", "hold_until", "rejected_at", "issued_at"]);
const START = Array(REFRESH).fill("");

/** How long a mark of another process means that its request is under way: its deadline, and some seconds to save. */
export const MARGIN = 5;
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
 * @property {unknown} [failure] what the request rejected with
 */

/** @param {Grant} grant @param {Wish} wish @returns {Promise<TokenSet>} */
async function advance(grant, wish) {
  /** @type {Run} */
  const run = { grant, state: grant.unsaved ?? START };
  let event = ["woke"];
  for (;;) {
    const [step = "", ...rest] = next(run, wish, event);
    const work = /** @type {Record<string, (run: Run, rest: string[]) => Promise<string[]>>} */ (STEPS)[step];
    if (!work) return ended(run, step, rest);
    event = await work(run, rest);
  }
}

/** @param {Run} run @param {string} step @param {string[]} rest */
function ended({ grant, state, failure }, step, [reason = "", detail = ""]) {
  if (reason === "contended") throw contended(grant.key, issuedIn(state));
  grant.unsaved = undefined;
  if (step === "use") return tokenSet(detail);
  throw failed(reason, Number(detail), failure, grant.key);
}

/** The next step and what belongs to it. @param {Run} run @param {Wish} wish @param {string[]} event */
function next(run, wish, event) {
  const { settings, leeway, jitter } = run.grant;
  const asked = [leeway, wish.minValidity, wish.rejected ?? "", leaseFor(run.grant, run.loaded)].map(String);
  const fields = [...run.state, ...asked, ...event];
  const answer = call("refresh_advance", settings.packed, fields, seconds(settings), jitter).split("\0");
  run.state = answer.slice(0, REFRESH);
  return answer.slice(REFRESH);
}

/** Each does what the module asks for, and returns what came of it. */
const STEPS = {
  /** @param {Run} run */
  async load(run) {
    const { store, key } = run.grant;
    run.loaded = await inStore(run.grant, () => store.load(key), issuedIn(run.state));
    return run.loaded ? ["loaded", ...recordFields(run.loaded)] : ["absent"];
  },

  /** @param {Run} run @param {string[]} rest */
  async save(run, [expected, ...fields]) {
    const { grant, state } = run;
    const issued = issuedIn(state);
    // Until the store has it, this process keeps what was issued.
    grant.unsaved = issued && state;
    const record = toRecord(fields, run.loaded);
    const saved = await inStore(grant, () => grant.store.save(grant.key, record, Number(expected)), issued);
    if (saved) run.loaded = record;
    return ["saved", saved ? "1" : ""];
  },

  /** @param {Run} run @param {string[]} fields */
  async send(run, fields) {
    const { tokens, version } = toRecord(fields, run.loaded);
    try {
      // Without the caller's signal: an answer may hold the only copy of a new refresh token.
      const issued = await run.grant.client.refreshTokenGrant(tokens);
      run.grant.answers += 1;
      return ["answered", ...recordFields({ version: 0, tokens: issued, requests: [] })];
    } catch (error) {
      run.failure = error;
      run.grant.ended = version;
      const { code, retryAfter = 0 } = /** @type {import("./index.js").OAuthError} */ (error);
      return ["failed", `${code}`, `${retryAfter}`];
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
  if (store.lock || (ended !== undefined && loaded?.version === ended)) return 0;
  return Math.ceil(settings.timeoutMs / 1000) + MARGIN;
}

/** What the server issued and the store does not have. @param {string[]} [state] */
export function issuedIn(state) {
  const json = state?.[3 + RECORD + 1];
  return json ? tokenSet(json) : undefined;
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
    const reason = cause instanceof OAuthError ? cause.message : "the store failed; see `cause`";
    const lost = issued ? "; new tokens are in `tokens`, and the next call saves them first" : "";
    throw new OAuthError("store", `grant "${key}": ${reason}${lost}`, { retryable: true, cause, tokens: issued });
  }
}

/** @param {string} key @param {TokenSet} [tokens] what is not saved */
export function contended(key, tokens) {
  const message = `grant "${key}": others changed the record all the time: try again`;
  return new OAuthError("store", message, { retryable: true, tokens });
}

/** @param {string} reason @param {number} retryAfter @param {unknown} failure @param {string} key */
function failed(reason, retryAfter, failure, key) {
  if (reason === "request") return failure;
  if (reason === "throttled") {
    const message = `grant "${key}": the rate budget of its refresh token is spent, or the server throttled; no request was sent: wait ${retryAfter} s`;
    return new OAuthError("throttled", message, { retryable: true, retryAfter });
  }
  const what = reason === "absent" ? "is not in the store" : "has no refresh token that the server takes";
  const message = `grant "${key}" ${what}: send the user through a new authorization request, and save() its tokens`;
  return new OAuthError("reauthorization_required", message);
}

/** @param {GrantRecord} record @returns {string[]} */
function recordFields(record) {
  const { version, tokens, requests } = record;
  const { access_token, refresh_token, expires_at } = tokens;
  const fields = [version, JSON.stringify(tokens), access_token, refresh_token, expires_at, (requests ?? []).join(",")];
  return [...fields, ...TIMES.map((name) => record[name])].map((value) => `${value ?? ""}`);
}

/** The record of fields, over what is stored beside them. @param {string[]} fields @param {GrantRecord | undefined} base @returns {GrantRecord} */
function toRecord([version, tokens, , , , requests, ...times], base) {
  /** @type {GrantRecord} */
  const record = {
    ...base,
    version: Number(version),
    tokens: tokenSet(/** @type {string} */ (tokens)),
    requests: requests ? requests.split(",").map(Number) : [],
  };
  TIMES.forEach((name, at) => {
    if (times[at]) record[name] = Number(times[at]);
    else delete record[name];
  });
  return record;
}
