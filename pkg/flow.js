// Runs the machines of the module (src/flow): performs the effect that one asks for, and reports what happened. The
// decisions are the machine's. Tokens stay here in two slots: `loaded` of the store, `issued` of the server.

import { milliseconds } from "./clock.js";
import { OAuthError } from "./errors.js";
import { redactedFields } from "./redact.js";
import { inStore } from "./store-error.js";
import { tokenSet } from "./token-set.js";
import { report } from "./trace.js";
import { exchange } from "./transport.js";
import { callFrame, ERROR_FIELDS, errorOf } from "./wasm.js";

/** @typedef {import("./index.js").GrantRecord} GrantRecord */
/** @typedef {import("./index.js").TokenSet} TokenSet */

/**
 * One run of a machine, and its slots.
 *
 * @template T
 * @typedef {object} Flow
 * @property {"exchange_step" | "refresh_step" | "revocation_step"} verb
 * @property {import("./settings.js").Settings} settings
 * @property {import("./trace.js").Origin} origin
 * @property {{ step: "token" | "revoke", grant_type?: string }} traced what its request is in a trace
 * @property {AbortSignal | undefined} [signal]
 * @property {string} state opaque
 * @property {string} phase
 * @property {(event: Event) => (string | number)[]} fields of a step; see src/bindings/step.rs
 * @property {(event: Event) => number[]} numbers of a step
 * @property {(step: Step) => T} end what the flow resolves to after `done`; throws after `fail`
 * @property {() => void} [onIssued] when the server has issued tokens
 * @property {(step: Step) => void} [onSave] before a save
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
 * @property {(string | number)[]} [fields]
 * @property {number} [status] of a response, as all that follows
 * @property {Uint8Array} [body]
 * @property {import("./transport.js").FormRequest} [request]
 * @property {import("./trace.js").Traced} [traced]
 * @property {number} [began]
 */

/**
 * What a machine asks for.
 *
 * @typedef {object} Step
 * @property {string} effect
 * @property {TokenSet | undefined} tokens that the server issued
 * @property {OAuthError | undefined} error of a response
 * @property {string[]} rest what belongs to the effect
 */

const EMPTY = new Uint8Array();

/**
 * Runs a machine from its first step to its end.
 *
 * @template T
 * @param {Flow<T>} flow
 * @param {Step} first
 * @returns {Promise<T>}
 * @throws {OAuthError} of the store, or where the input cannot be used; what `end` throws
 */
export async function run(flow, first) {
  for (let step = first; ; ) {
    if (step.effect === "done" || step.effect === "fail") return flow.end(step);
    const { grant } = flow;
    if (step.effect === "lock" && grant) {
      // The rest runs inside the lock, which passes on how it ends.
      const rest = async () => run(flow, advance(flow, { name: "locked" }));
      return inStore(grant.key, () => /** @type {Required<typeof grant.store>} */ (grant.store).lock(grant.key, rest));
    }
    step = advance(flow, await EFFECTS[/** @type {keyof typeof EFFECTS} */ (step.effect)](flow, step));
  }
}

/** One step of the machine: from what happened to what it asks for. @param {Flow<unknown>} flow @param {Event} event @returns {Step} */
export function advance(flow, event) {
  const { settings } = flow;
  const fields = flow.fields(event);
  const numbers = [event.status ?? 0, ...flow.numbers(event)];
  const text = withIssued(flow, () =>
    callFrame(flow.verb, settings, fields.join("\0"), fields.length, numbers, event.body ?? EMPTY),
  );
  const [state = "", phase = "", effect = "", tokens, ...rest] = text.split("\0");
  Object.assign(flow, { state, phase });
  const error = rest[0] ? errorOf(redactedFields(rest.slice(0, ERROR_FIELDS), event.request)) : undefined;
  if (event.traced) report(settings, flow.origin, event.traced, error, event.began);
  if (error) flow.failure = error;
  if (tokens) {
    flow.issued = tokenSet(tokens, flow.sent);
    flow.onIssued?.();
  }
  return { effect, tokens: flow.issued, error, rest: rest.slice(ERROR_FIELDS) };
}

/** Runs a step. If it fails after the server has issued tokens, its error carries them. @template T @param {Flow<unknown>} flow @param {() => T} step @returns {T} */
function withIssued({ issued, grant }, step) {
  try {
    return step();
  } catch (cause) {
    if (!issued) throw cause;
    const message = `grant "${grant?.key}": a step failed after the server had issued tokens: save the \`tokens\` of this error`;
    throw new OAuthError("store", message, { cause, tokens: issued });
  }
}

/** Each performs what a machine asks for, and returns what happened. */
const EFFECTS = {
  /** @param {Flow<unknown>} flow @param {Step} step @returns {Promise<Event>} */
  async fetch(flow, { rest: [url = "", authorization = "", body = "", ...expected] }) {
    const { settings, traced, phase } = flow;
    const request = { url, authorization, body };
    flow.sent = flow.loaded?.tokens.refresh_token ?? flow.sent;
    const began = milliseconds(settings);
    // The server responds after this, so no token counts as valid for longer than it is.
    flow.askedAt = Math.floor(began / 1000);
    /** @type {import("./trace.js").Traced} */
    const event = { ...traced, url, phase, effect: "fetch" };
    try {
      const { status, retryAfter, body: received } = await exchange(request, settings, flow.signal);
      const fields = [retryAfter, ...expected];
      return { name: "response", fields, status, body: received, request, traced: { ...event, status }, began };
    } catch (error) {
      report(settings, flow.origin, event, error, began);
      flow.failure = error;
      return { name: "failed" };
    }
  },

  /** @param {Flow<unknown>} flow @returns {Promise<Event>} */
  async load(flow) {
    const { store, key } = granted(flow);
    flow.loaded = await stored(flow, "load", () => store.load(key));
    return { name: "loaded" };
  },

  /** @param {Flow<unknown>} flow @param {Step} step @returns {Promise<Event>} */
  async save(flow, step) {
    const { store, key } = granted(flow);
    const record = recordOf(flow, step.rest);
    // Saving the loaded tokens drops those that were issued for an earlier refresh token.
    if (step.rest[0] === "loaded") flow.issued = undefined;
    flow.onSave?.(step);
    const saved = await stored(flow, "save", () => store.save(key, record, Number(step.rest[1])));
    if (saved) flow.loaded = record;
    return { name: "saved", fields: [saved ? 1 : ""] };
  },

  /** @param {Flow<unknown>} flow @returns {Promise<Event>} */
  async delete(flow) {
    const { store, key } = granted(flow);
    await stored(flow, "delete", () => store.delete(key));
    return { name: "deleted" };
  },

  /** @param {Flow<unknown>} _flow @param {Step} step @returns {Promise<Event>} */
  async sleep(_flow, { rest: [milliseconds] }) {
    await new Promise((resolve) => setTimeout(resolve, Number(milliseconds)));
    return { name: "woke" };
  },
};

/** The store of a flow that has one: only such a flow has effects on it. @param {Flow<unknown>} flow */
const granted = ({ grant }) => /** @type {NonNullable<typeof grant>} */ (grant);

/** An effect of the store, traced. Its error carries the tokens that are not saved. @template T @param {Flow<unknown>} flow @param {string} effect @param {() => Promise<T>} work @returns {Promise<T>} */
async function stored(flow, effect, work) {
  const { settings, origin, phase, issued } = flow;
  const began = settings.trace ? milliseconds(settings) : 0;
  const event = { step: /** @type {const} */ ("store"), url: "", phase, effect };
  try {
    const value = await inStore(granted(flow).key, work, issued);
    report(settings, origin, event, undefined, began);
    return value;
  } catch (error) {
    report(settings, origin, event, error, began);
    throw error;
  }
}

const TIMES = /** @type {const} */ (["refreshing_since", "hold_until", "rejected_at", "issued_at"]);

/** The record to save: the tokens of a slot over what is stored beside them. @param {Flow<unknown>} flow @param {string[]} rest @returns {GrantRecord} */
function recordOf({ loaded, issued }, [slot, , version, requests, ...times]) {
  const tokens = /** @type {TokenSet} */ (slot === "issued" ? issued : loaded?.tokens);
  /** @type {GrantRecord} */
  const record = {
    ...loaded,
    version: Number(version),
    tokens,
    requests: requests ? requests.split(",").map(Number) : [],
  };
  TIMES.forEach((name, at) => {
    if (times[at]) record[name] = Number(times[at]);
    else delete record[name];
  });
  return record;
}
