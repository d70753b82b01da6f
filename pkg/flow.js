// Runs the machines of the module (src/flow): performs the effect that one asks for, and reports what happened. The
// decisions are the machine's. Tokens stay here in two slots: `loaded` of the store, `issued` of the server.

import { milliseconds } from "./clock.js";
import { readable, recordToSave } from "./record-fields.js";
import { redactedFields } from "./redact.js";
import { inStore, storeError } from "./store-error.js";
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
 * @property {(step: Step) => void} [onEnd] throws if the flow ends with an error that is not `failure`
 * @property {() => void} [onIssued] when the server has issued tokens
 * @property {() => void} [onSave] before a save
 * @property {{ store: import("./index.js").TokenStore, key: string }} [grant]
 * @property {GrantRecord | undefined} [loaded]
 * @property {TokenSet | undefined} [issued]
 * @property {string | undefined} [sent] the refresh token that was sent
 * @property {number} [askedAt] when the request was sent, in seconds
 * @property {unknown} [failure] of the request
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

const EMPTY = /* @__PURE__ */ new Uint8Array();

/** How many fields tokens have, and an error. */
const OUTCOME_FIELDS = 9;

/** The first step of a machine. @param {Flow} flow */
export const start = (flow) => advance(flow, { name: "start" });

/**
 * Runs a machine to its end.
 *
 * @param {Flow} flow
 * @param {Step} [first] default: it starts
 * @returns {Promise<TokenSet>} those of the store, else those that the server issued
 * @throws {OAuthError} of the request or of the store, or if the input cannot be used; what `onEnd` throws
 */
export async function run(flow, first = start(flow)) {
  const { grant } = flow;
  for (let step = first; ; ) {
    if (step.effect === "done" || step.effect === "fail") {
      flow.onEnd?.(step);
      if (step.effect === "fail") throw flow.failure;
      return /** @type {TokenSet} */ (flow.loaded?.tokens ?? flow.issued);
    }
    if (step.effect === "lock" && grant) {
      // The rest runs inside the lock, which passes on how it ends.
      const rest = async () => run(flow, advance(flow, { name: "locked" }));
      return inStore(grant.key, () => /** @type {Required<typeof grant.store>} */ (grant.store).lock(grant.key, rest));
    }
    step = advance(flow, await EFFECTS[/** @type {keyof typeof EFFECTS} */ (step.effect)](flow, step));
  }
}

/** One step of the machine: from what happened to what it asks for. @param {Flow} flow @param {Event} event @returns {Step} */
function advance(flow, event) {
  const { settings, grant, issued, phase } = flow;
  const { request, status, body = EMPTY } = event;
  let text;
  try {
    text = call(flow.verb, settings, flow.fields(event), [status ?? 0, ...flow.numbers()], body);
  } catch (cause) {
    if (!issued) throw cause;
    const message = `grant "${grant?.key}": a step failed after the server had issued tokens: save the \`tokens\` of this error`;
    throw storeError(message, { retryable: true, cause, tokens: issued });
  }
  const [state = "", next = "", effect = "", outcome, ...rest] = cut(text);
  flow.state = state;
  flow.phase = next;
  const fields = outcome ? rest.splice(0, OUTCOME_FIELDS) : [];
  const error = outcome === "error" ? errorOf(redactedFields(fields, request)) : undefined;
  if (request && settings.trace) {
    const traced = { ...flow.traced, url: request.url, status, phase, effect: "fetch" };
    report(settings, flow.origin, traced, error, event.began);
  }
  if (error) flow.failure = error;
  if (outcome === "tokens") {
    flow.issued = tokenSet(tokenValues(fields), flow.sent);
    flow.onIssued?.();
  }
  return { effect, rest };
}

/** Each performs what a machine asks for, and returns what happened. */
const EFFECTS = {
  /** @param {Flow} flow @param {Step} step @returns {Promise<Event>} */
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
      report(settings, flow.origin, { ...flow.traced, url, phase: flow.phase, effect: "fetch" }, error, began);
      flow.failure = error;
      return { name: "failed" };
    }
  },

  /** @param {Flow} flow @returns {Promise<Event>} */
  async load(flow) {
    flow.loaded = await stored(flow, "load");
    return { name: "loaded" };
  },

  /** @param {Flow} flow @param {Step} step @returns {Promise<Event>} */
  async save(flow, { rest: [slot, expected = "", ...fields] }) {
    // Saving the loaded tokens drops those that were issued for an earlier refresh token.
    if (slot === "loaded") flow.issued = undefined;
    const tokens = /** @type {TokenSet} */ (flow.issued ?? flow.loaded?.tokens);
    const record = recordToSave({ ...flow.loaded, tokens }, fields);
    flow.onSave?.();
    const saved = await stored(flow, "save", record, +expected);
    if (saved) flow.loaded = record;
    return { name: "saved", fields: [!!saved] };
  },

  /** @param {Flow} flow @returns {Promise<Event>} */
  async delete(flow) {
    await stored(flow, "delete");
    return { name: "deleted" };
  },

  /** @param {Flow} _flow @param {Step} step @returns {Promise<Event>} */
  async sleep(_flow, { rest: [milliseconds] }) {
    await new Promise((resolve) => setTimeout(resolve, Number(milliseconds)));
    return { name: "woke" };
  },
};

/** An effect of the store, traced. Its error carries the tokens that are not saved. @param {Flow} flow @param {"load" | "save" | "delete"} effect @param {unknown[]} values beside the key */
async function stored({ settings, origin, phase, issued, grant }, effect, ...values) {
  // Only the machine of a flow with a store asks for this.
  const { store, key } = /** @type {{ store: any, key: string }} */ (grant);
  const began = settings.trace ? milliseconds(settings) : 0;
  const event = { step: /** @type {const} */ ("store"), url: "", phase, effect };
  try {
    const value = await inStore(key, () => store[effect](key, ...values), issued);
    if (effect === "load") readable(key, value, issued);
    report(settings, origin, event, undefined, began);
    return value;
  } catch (error) {
    report(settings, origin, event, error, began);
    throw error;
  }
}
