// One refresh of a stored grant: the machine src/flow/refresh.rs over a store.

import { seconds } from "./clock.js";
import { OAuthError } from "./errors.js";
import { run } from "./flow.js";
import { decisionRecord } from "./record-fields.js";
import { onStore } from "./store-effects.js";
import { conflict } from "./store-error.js";
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
 * @property {number | undefined} [ended] the version that marked a request of this process which ended without tokens
 */

/** The state of a refresh, and its slots. @typedef {{ state: string, issued: TokenSet, sent: string | undefined }} Unsaved */

/** The members of earlier tokens that a refresh reads. */
export const EARLIER = /** @type {const} */ (["refresh_token", "accounts_server", "api_domain", "scope"]);

/**
 * Brings tokens that are fresh and saved.
 *
 * @param {Grant} grant
 * @param {Wish} wish
 * @returns {Promise<TokenSet>}
 * @throws {OAuthError}
 */
export async function refresh(grant, wish) {
  const { settings, store, key, unsaved } = grant;
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
      const tokens = loaded?.tokens;
      if (event.name === "failed" || event.status !== undefined) grant.ended = loaded?.version;
      const { code, retryAfter } = /** @type {Partial<OAuthError> & { retryAfter?: number }} */ (flow.failure ?? {});
      return [
        event.name,
        flow.state,
        grant.leeway,
        wish.minValidity,
        !!store.lock,
        Math.ceil(settings.timeoutMs / 1000),
        grant.ended,
        loaded?.version,
        ...Object.values(decisionRecord(loaded, wish.rejected)),
        tokens?.refresh_token === sent,
        issued && issued.refresh_token !== sent,
        ...(event.fields ?? []),
        ...(event.name === "failed" ? [code, retryAfter] : []),
        // The refresh token crosses here and nowhere else.
        ...(event.name === "saved" && flow.phase === "marking" ? EARLIER.map((name) => tokens?.[name]) : []),
      ];
    },
    numbers: () => [seconds(settings), flow.askedAt ?? 0, grant.jitter],
    onEnd: ({ rest: [reason, wait] }) => {
      if (reason === "conflict") throw conflict(key, flow.issued);
      grant.unsaved = undefined;
      if (reason && reason !== "request") throw refused(reason, Number(wait), key);
    },
    onIssued: () => {
      grant.issues += 1;
    },
    onSave: () => {
      // Until the store has them, this process keeps the tokens that were issued.
      const { state, issued, sent } = flow;
      grant.unsaved = issued && { state, issued, sent };
    },
  };
  return run(flow);
}

/** The error of a refresh that ends for another reason than a failed request. @param {string} reason @param {number} retryAfter @param {string} key */
function refused(reason, retryAfter, key) {
  if (reason === "throttled") {
    const message = `grant "${key}": the rate budget of its refresh token is exhausted, or the server throttled, so no request was sent: wait ${retryAfter} s`;
    return new OAuthError("throttled", message, { retryable: true, retryAfter });
  }
  const what = reason === "absent" ? "is not in the store" : "has no refresh token that the server accepts";
  const message = `grant "${key}" ${what}: send the user through a new authorization request, and save() its tokens`;
  return new OAuthError("reauthorization_required", message);
}
