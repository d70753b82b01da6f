// Saves a new grant in the file of grants and its client in the file beside it: both, or neither.

import { TokenManager } from "grantkit";
import { createClient } from "./client-options.js";
import { tryWriteClients } from "./clients-file.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./client-options.js").Client} Client */
/** @typedef {import("grantkit").TokenSet} TokenSet */

/** The key of the trial record. No profile begins with a space. */
const TRIAL = " trial";
/** Longer than the tokens of a grant. */
const FILLER = "x".repeat(2048);

/**
 * Finds out whether a grant can be saved: writes a record of its size, and deletes it. Taking the lock would not show it: a
 * lock replaces no file, which may be a mount of its own, and takes hardly any space.
 *
 * @param {Context} context
 */
export async function tryWriteFiles({ store, file }) {
  const trial = async () => {
    // A process that was killed here left one behind.
    await store.delete(TRIAL);
    const record = { version: 1, tokens: { access_token: FILLER, token_type: "Trial" }, requests: [] };
    await store.save(TRIAL, record, undefined);
    await store.delete(TRIAL);
  };
  await (store.lock ? store.lock(TRIAL, trial) : trial());
  await tryWriteClients(store, file);
}

/** @param {Context} context @param {Client} client @param {TokenSet} tokens @param {boolean} saveSecret */
export async function saveGrant(context, client, tokens, saveSecret) {
  const { store, profile } = context;
  const { client_secret, ...rest } = client;
  const manager = new TokenManager(createClient(client, context), store, { key: profile });
  const both = async () => {
    const previous = await context.record();
    await manager.save(tokens);
    try {
      await context.saveClient(saveSecret ? client : rest);
    } catch (error) {
      // A grant beside the client of another grant cannot be used.
      await restore(context, previous);
      throw error;
    }
  };
  await (store.lock ? store.lock(profile, both) : both());
}

/** @param {Context} context @param {import("grantkit").GrantRecord | undefined} previous */
async function restore(context, previous) {
  const { store, profile } = context;
  const { version = 0 } = (await context.record()) ?? {};
  if (previous) await store.save(profile, { ...previous, version: version + 1 }, version);
  else await store.delete(profile);
}
