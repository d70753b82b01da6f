// The effects of a flow on a store (pkg/flow.js). Apart from the loop, so that a bundle of a client has no store.

import { milliseconds } from "./clock.js";
import { readable, recordToSave } from "./record-fields.js";
import { inStore, storeError } from "./store-error.js";
import { report } from "./trace.js";

/** @typedef {import("./flow.js").Flow} Flow */
/** @typedef {import("./flow.js").Step} Step */
/** @typedef {import("./flow.js").Event} Event */
/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {{ store: import("./index.js").TokenStore, key: string }} Place */

/**
 * The members of a flow with a store.
 *
 * @param {Place} place
 * @returns {Pick<Flow, "effects" | "trying" | "lock">}
 */
export function onStore(place) {
  const { store, key } = place;
  return {
    effects: {
      async load(flow) {
        flow.loaded = await stored(place, flow, "load");
        return { name: "loaded" };
      },

      async save(flow, { rest: [slot, expected = "", ...fields] }) {
        // Saving the loaded tokens drops those that were issued for an earlier refresh token.
        if (slot === "loaded") flow.issued = undefined;
        const tokens = /** @type {TokenSet} */ (flow.issued ?? flow.loaded?.tokens);
        const record = recordToSave({ ...flow.loaded, tokens }, fields);
        flow.onSave?.();
        const saved = await stored(place, flow, "save", record, +expected);
        if (saved) flow.loaded = record;
        return { name: "saved", fields: [!!saved] };
      },

      async delete(flow) {
        await stored(place, flow, "delete");
        return { name: "deleted" };
      },
    },

    trying(flow, step) {
      try {
        return step();
      } catch (cause) {
        const { issued } = flow;
        if (!issued) throw cause;
        const message = `grant "${key}": a step failed after the server had issued tokens: save the \`tokens\` of this error`;
        throw storeError(message, { retryable: true, cause, tokens: issued });
      }
    },

    lock: (rest) => inStore(key, () => /** @type {Required<typeof store>} */ (store).lock(key, rest)),
  };
}

/** An effect of the store, traced. Its error carries the tokens that are not saved. @param {Place} place @param {Flow} flow @param {"load" | "save" | "delete"} effect @param {unknown[]} values beside the key */
async function stored({ store, key }, { settings, origin, phase, issued }, effect, ...values) {
  const began = settings.trace ? milliseconds(settings) : 0;
  const event = { step: /** @type {const} */ ("store"), url: "", phase, effect };
  try {
    const value = await inStore(key, () => /** @type {any} */ (store)[effect](key, ...values), issued);
    if (effect === "load") readable(key, value, issued);
    report(settings, origin, event, undefined, began);
    return value;
  } catch (error) {
    report(settings, origin, event, error, began);
    throw error;
  }
}
