// Runs the machines of the module (src/flow): performs the effect that one asks for, and reports what happened. The
// decisions are the machine's. Tokens stay here in two slots: `loaded` of the store, `issued` of the server. The third,
// *remembered*, is the newest record of the grant.

import { milliseconds } from "./clock.js";
import { redactedFields } from "./redact.js";
import { tokenSet, tokenValues } from "./token-set.js";
import { report } from "./trace.js";
import { exchange } from "./transport.js";
import { call, cut, errorOf } from "./wasm.js";

/** @typedef {import("./index.js").GrantRecord} GrantRecord */
/** @typedef {import("./index.js").TokenSet} TokenSet */

/** @typedef {import("./wasm.js").Field} Field */

/**
 * One run of a machine, and its slots.
 *
 * @typedef {object} Flow
 * @property {"exchange_step" | "refresh_step" | "revocation_step"} verb
 * @property {import("./settings.js").Settings} settings
 * @property {import("./trace.js").Origin} origin
 * @property {{ step: "token" | "revoke", grant_type?: string }} traced what its request is in a trace
 * @property {AbortSignal | undefined} [signal]
 * @property {string} state opaque
 * @property {string} phase
 * @property {(event: Event) => Field[]} fields of a step; see src/bindings/step.rs
 * @property {() => number[]} numbers of a step
 * @property {(step: Step) => void} [onEnd] throws if the flow ends with an error that is neither `failure` nor `storeFailure`
 * @property {() => void} [onIssued] when the server has issued tokens
 * @property {() => void} [onSave] before a save
 * @property {(record: GrantRecord | undefined) => void} [onLoaded] after a load, and after a save
 * @property {(error: unknown) => void} [onReply] when the callers get the error of the store, and the flow goes on
 * @property {(failure: unknown) => Promise<void>} [settle] the last thing under the lock
 * @property {(flow: Flow, step: () => string) => string} [trying] makes a step, so that its error has the tokens that were issued
 * @property {Record<string, Effect>} [effects] those of a store
 * @property {(flow: Flow) => Promise<TokenSet | typeof UNLOCKED>} [lock] goes on under the lock of the store
 * @property {GrantRecord | undefined} [loaded]
 * @property {TokenSet | undefined} [issued]
 * @property {(TokenSet | undefined)[]} [earlier] tokens that were in a slot
 * @property {string | undefined} [sent] the refresh token that was sent
 * @property {number} [askedAt] when the request was sent, in seconds
 * @property {unknown} [failure] of the request
 * @property {unknown} [storeFailure]
 * @property {boolean} [refused] whether the flow ends with `failure` after it has saved what the failure means
 */

/**
 * What happened.
 *
 * @typedef {object} Event
 * @property {string} name
 * @property {Field[]} [fields]
 * @property {number} [status] of a response, as all that follows
 * @property {Uint8Array} [body]
 * @property {import("./transport.js").FormRequest} [request]
 * @property {number} [began]
 */

/**
 * What a machine asks for.
 *
 * @typedef {object} Step
 * @property {string} effect
 * @property {string[]} rest what belongs to the effect
 */

/** @typedef {(flow: Flow, step: Step) => Promise<Event>} Effect */

const EMPTY = /* @__PURE__ */ new Uint8Array();

/** How many fields tokens have, and an error. */
const OUTCOME_FIELDS = 9;

/** The first step of a machine. @param {Flow} flow */
export const start = (flow) => advance(flow, { name: "start" });

/** What a run under a lock returns when it gave the lock back. */
export const UNLOCKED = /* @__PURE__ */ Symbol("unlocked");

/**
 * Runs a machine to its end.
 *
 * @param {Flow} flow
 * @param {Step} [first] default: it starts
 * @returns {Promise<TokenSet>} those of the store, else those that the server issued
 * @throws {OAuthError} of the request or of the store, or if the input cannot be used; what `onEnd` throws
 */
export async function run(flow, first = start(flow)) {
  for (let step = await perform(flow, first); ; ) {
    if (step.effect !== "lock" || !flow.lock) return finish(flow, step);
    const tokens = await flow.lock(flow);
    if (tokens !== UNLOCKED) return tokens;
    step = await perform(flow, advance(flow, { name: "unlocked" }));
  }
}

/** Performs effects up to one that ends the flow, or that begins or ends a lock. @param {Flow} flow @param {Step} first */
export async function perform(flow, first) {
  let step = first;
  for (let effect; ; step = advance(flow, await effect(flow, step))) {
    effect = EFFECTS[step.effect] ?? flow.effects?.[step.effect];
    if (!effect) return step;
  }
}

/** @param {Flow} flow @param {Step} step "done" or "fail" @returns {TokenSet} */
export function finish(flow, step) {
  flow.onEnd?.(step);
  if (step.effect === "fail") throw step.rest[0] === "store" ? flow.storeFailure : flow.failure;
  if (flow.refused) throw flow.failure;
  return /** @type {TokenSet} */ (flow.loaded?.tokens ?? flow.issued);
}

/** One step of the machine: from what happened to what it asks for. @param {Flow} flow @param {Event} event @returns {Step} */
export function advance(flow, event) {
  const { settings, phase } = flow;
  const { request, status, body = EMPTY } = event;
  const numbers = [status ?? 0, ...flow.numbers()];
  const step = () => call(flow.verb, settings, flow.fields(event), numbers, body);
  const text = flow.trying ? flow.trying(flow, step) : step();
  const [state = "", next = "", effect = "", outcome, ...rest] = cut(text);
  flow.state = state;
  flow.phase = next;
  const fields = outcome ? rest.splice(0, OUTCOME_FIELDS) : [];
  /** @type {import("./index.js").OAuthErrorMembers | undefined} */
  const error = outcome === "error" ? errorOf(redactedFields(fields, request), flow.sent) : undefined;
  if (request && settings.trace) traceFetch(flow, phase, event, error);
  if (error) flow.failure = error;
  if (request) flow.refused = !!error && effect === "save";
  if (flow.refused && error?.tokens) {
    // A response that cannot be used may hold the only copy of a new refresh token.
    const { refresh_token } = error.tokens;
    flow.issued = tokenSet({ ...flow.loaded?.tokens, refresh_token });
  }
  if (outcome === "tokens") {
    flow.issued = tokenSet(tokenValues(fields), flow.sent);
    flow.onIssued?.();
  }
  return { effect, rest };
}

/** @param {Flow} flow @param {string} phase @param {Pick<Event, "request" | "status" | "began">} event @param {unknown} error */
function traceFetch({ settings, origin, traced }, phase, { request, status, began }, error) {
  report(settings, origin, { ...traced, url: request?.url ?? "", status, phase, effect: "fetch" }, error, began);
}

/** Each performs what a machine asks for, and returns what happened. @type {Record<string, Effect>} */
const EFFECTS = {
  async fetch(flow, { rest: [url = "", authorization = "", body = "", ...expected] }) {
    const { settings } = flow;
    const request = { url, authorization, body };
    flow.sent = flow.loaded?.tokens.refresh_token ?? flow.sent;
    const began = milliseconds(settings);
    // The server responds after this, so no token counts as valid for longer than it is.
    flow.askedAt = Math.floor(began / 1000);
    try {
      const { status, retryAfter, body } = await exchange(request, settings, flow.signal);
      return { name: "response", fields: [retryAfter, ...expected], status, body, request, began };
    } catch (error) {
      traceFetch(flow, flow.phase, { request, began }, error);
      flow.failure = error;
      return { name: "failed" };
    }
  },

  async sleep(_flow, { rest: [milliseconds] }) {
    await new Promise((resolve) => setTimeout(resolve, Number(milliseconds)));
    return { name: "woke" };
  },
};
