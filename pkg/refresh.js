// One refresh of a stored grant: the machine src/flow/refresh.rs over a store.

import { seconds } from "./clock.js";
import { OAuthError } from "./errors.js";
import { run } from "./flow.js";
import { decisionRecord, settling } from "./record-fields.js";
import { onStore } from "./store-effects.js";
import { conflict, PLACE } from "./store-error.js";
import { EARLIER } from "./token-set.js";
import { origin } from "./trace.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {import("./settings.js").Settings} Settings */

/**
 * How a caller needs its token.
 *
 * @typedef {object} Wish
 * @property {number} minValidity seconds
 * @property {string | undefined} [rejected] an access token that the resource server rejected
 * @property {number | undefined} [cause] the id of the flow that needs it, for traces
 */

/**
 * A grant, and what one manager remembers of it.
 *
 * @typedef {object} Grant
 * @property {Settings} settings
 * @property {import("./index.js").TokenStore} store
 * @property {string} key
 * @property {number} leeway seconds
 * @property {number} jitter from 0 to 1
 * @property {number} issues how many refreshes brought new tokens
 * @property {Unsaved | undefined} [unsaved] a refresh whose new tokens could not be saved
 * @property {GrantRecord | undefined} [ended] the record that marked a request of this process which ended without tokens
 * @property {number} storeTimeoutMs
 * @property {import("./in-store.js").Forms | undefined} forms
 * @property {GrantRecord | undefined} [latest] the newest record that was loaded or saved
 */

/** @typedef {import("./index.js").GrantRecord} GrantRecord */

/**
 * The state of a refresh, and its slots.
 *
 * @typedef {{ state: string, issued: TokenSet, sent: string | undefined, grant_id: string | undefined }} Unsaved
 */

/**
 * A refresh that callers share.
 *
 * @typedef {object} Running
 * @property {Promise<TokenSet>} result for its callers
 * @property {Promise<TokenSet>} ended the same, unless the callers got the error of the store before
 * @property {unknown} replied that error
 */

/**
 * Brings tokens that are fresh and saved.
 *
 * @param {Grant} grant
 * @param {Wish} wish
 * @returns {Running}
 */
export function refresh(grant, wish) {
  /** @type {(error: unknown) => void} */
  let fail;
  const reply = (/** @type {unknown} */ error) => {
    running.replied = error;
    fail(error);
  };
  const ended = run(flowOf(grant, wish, reply));
  const result = new Promise((/** @type {(tokens: TokenSet) => void} */ resolve, reject) => {
    fail = reject;
    ended.then(resolve, reject);
  });
  /** @type {Running} */
  const running = { result, ended, replied: undefined };
  return running;
}

/** Remembers a record, unless it is older than the one that is remembered. @param {Grant | undefined} grant @param {GrantRecord | undefined} record */
export function remember(grant, record) {
  if (!grant || !record) return;
  // In a store that lost writes the same version may be that of another process.
  if (isOlder(record, grant.latest)) grant.ended = undefined;
  else grant.latest = record;
}

/** Whether the store went back in time. @param {GrantRecord} record @param {GrantRecord | undefined} latest */
export function isOlder({ version, grant_id }, latest) {
  return !!latest && version < latest.version && grant_id === latest.grant_id && grant_id !== undefined;
}

/**
 * How the tokens of the slots compare.
 *
 * @param {GrantRecord | undefined} loaded
 * @param {TokenSet | undefined} issued
 * @param {string | undefined} sent
 * @param {string | undefined} grant_id of the record whose refresh token was sent
 */
function comparisons(loaded, issued, sent, grant_id) {
  const { access_token, refresh_token } = loaded?.tokens ?? {};
  return [
    refresh_token === sent,
    issued && issued.refresh_token !== sent,
    grant_id !== undefined && loaded?.grant_id === grant_id,
    issued && issued.access_token === access_token && issued.refresh_token === refresh_token,
  ];
}

/** What decisions read of the record that the store has lost. @param {Grant} grant @param {GrantRecord | undefined} loaded */
function rememberedFields({ latest }, loaded) {
  if (!loaded || !isOlder(loaded, latest)) return [];
  return [latest?.version, ...Object.values(decisionRecord(latest))];
}

/** The version of a record, if the request of its mark was one of this process, and ended without tokens. @param {Grant} grant @param {GrantRecord | undefined} loaded */
export function endedVersion({ ended }, loaded) {
  const isEnded = ended?.version === loaded?.version && ended?.refreshing_since === loaded?.refreshing_since;
  return isEnded ? loaded?.version : undefined;
}

/** @param {Grant} grant @param {Wish} wish @param {(error: unknown) => void} onReply */
function flowOf(grant, wish, onReply) {
  const { settings, store, key, unsaved } = grant;
  const settle = Reflect.get(store, settling);
  let grant_id = unsaved?.grant_id;
  let mine = unsaved;
  // Not while another run of this manager saves the tokens that its request brought.
  const ended = (/** @type {GrantRecord | undefined} */ loaded) =>
    grant.unsaved === mine ? endedVersion(grant, loaded) : undefined;
  /** @type {import("./flow.js").Flow} */
  const flow = {
    verb: "refresh_step",
    settings,
    origin: origin(wish.cause),
    traced: { step: "token", grant_type: "refresh_token" },
    // The caller's signal does not end the request: a response may hold the only copy of a new refresh token.
    ...onStore(grant),
    phase: "",
    ...(unsaved ?? { state: "" }),
    // As src/bindings/refresh.rs has them.
    fields: (event) => {
      const { loaded, issued, sent } = flow;
      const { code, retryAfter } = /** @type {Partial<OAuthError> & { retryAfter?: number }} */ (flow.failure ?? {});
      const isMarked = event.name === "saved" && flow.phase === "marking";
      if (isMarked) grant_id = loaded?.grant_id;
      if (event.name === "failed" || event.status !== undefined) grant.ended = loaded;
      return [
        event.name,
        flow.state,
        grant.leeway,
        wish.minValidity,
        !!store.lock,
        !!settle,
        Math.ceil(settings.timeoutMs / 1000),
        ended(loaded),
        loaded?.version,
        ...Object.values(decisionRecord(loaded, wish.rejected)),
        ...comparisons(loaded, issued, sent, grant_id),
        ...(event.name === "loaded" ? rememberedFields(grant, loaded) : []),
        ...(event.fields ?? []),
        ...(event.name === "failed" ? [code, retryAfter] : []),
        // The refresh token crosses here and nowhere else.
        ...(isMarked ? EARLIER.map((name) => loaded?.tokens[name]) : []),
      ];
    },
    numbers: () => [seconds(settings), flow.askedAt ?? 0, grant.jitter],
    onEnd: ({ rest: [reason, wait] }) => {
      if (reason === "store") return;
      if (reason === "conflict") throw conflict(key, flow.issued);
      if (grant.unsaved === mine) grant.unsaved = undefined;
      if (reason && reason !== "request") throw refused(grant, reason, Number(wait), flow.issued);
    },
    onReply,
    onLoaded: (record) => remember(grant, record),
    settle,
    onIssued: () => {
      grant.issues += 1;
    },
    onSave: () => {
      // Until the store has them, this process keeps the tokens that were issued.
      const { state, issued, sent } = flow;
      if (issued) grant.unsaved = { state, issued, sent, grant_id };
      // Not what another run has to save, which callers started when this one took too long.
      else if (grant.unsaved === mine) grant.unsaved = undefined;
      mine = issued && grant.unsaved;
    },
  };
  return flow;
}

/** The error of a refresh that ends for another reason than a failed request. @param {Grant} grant @param {string} reason @param {number} retryAfter @param {TokenSet} [tokens] that are not saved */
function refused({ key, settings, store }, reason, retryAfter, tokens) {
  if (reason === "throttled") {
    const message = `grant "${key}": the rate budget of its refresh token is exhausted, or the server throttled, so no request was sent: wait ${retryAfter} s`;
    return new OAuthError("throttled", message, { retryable: true, retryAfter });
  }
  /** @type {string | undefined} */
  const place = Reflect.get(store, PLACE);
  const isVault = settling in store;
  const what = isVault ? "the grant" : `grant "${key}"`;
  const where =
    reason === "absent"
      ? `is not in ${place ?? "the store"}`
      : `${place ? `in ${place} ` : ""}has no refresh token that the server accepts`;
  const message = `${what} ${where}: ${connecting(settings, isVault ? undefined : place, key)}`;
  return new OAuthError("reauthorization_required", message, { tokens });
}

/** The way to a new grant. @param {Grant["settings"]} settings @param {string | undefined} file @param {string} key */
function connecting({ hasRedirect }, file, key) {
  if (hasRedirect) return "send the user through a new authorization request, and save() its tokens";
  // Without a redirect URI there is no user to send.
  const options = file ? ` --file ${file}${key === "default" ? "" : ` --profile ${key}`}` : "";
  return `save() the tokens of a new grant, which npx grantkit self-client${options} gets for a Self Client of Zoho`;
}
