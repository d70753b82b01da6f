// A new grant goes into the file of grants, and its client into the file beside it: both, or neither.

import { TokenManager } from "grantkit";
import { openClient } from "./client.js";
import { tryClients } from "./clients-file.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("grantkit").TokenSet} TokenSet */

/** The key of a trial; profiles do not begin with a space. */
const TRIAL = " trial";
/** More than a grant has. */
const FILLER = "x".repeat(2048);

/**
 * Writes as much as a new grant will, and takes it away. A lock alone shows less: it replaces no file, which may be a mount
 * of its own, and needs hardly any room.
 *
 * @param {Context} context
 */
export async function tryFiles({ store, file }) {
  const trial = async () => {
    // A process that was killed here has left one.
    await store.delete(TRIAL);
    const record = { version: 1, tokens: { access_token: FILLER, token_type: "Trial" }, requests: [] };
    await store.save(TRIAL, record, undefined);
    await store.delete(TRIAL);
  };
  await (store.lock ? store.lock(TRIAL, trial) : trial());
  await tryClients(store, file);
}

/** @param {Context} context @param {Client} client @param {TokenSet} tokens @param {boolean} saveSecret */
export async function keep(context, client, tokens, saveSecret) {
  const { store, profile } = context;
  const { client_secret, ...rest } = client;
  const manager = new TokenManager(openClient(client, context), store, { key: profile });
  const both = async () => {
    const earlier = await store.load(profile);
    await manager.save(tokens);
    try {
      await context.saveClient(saveSecret ? client : rest);
    } catch (error) {
      // A grant beside the client of another is none.
      await putBack(context, earlier);
      throw error;
    }
  };
  await (store.lock ? store.lock(profile, both) : both());
}

/** @param {Context} context @param {import("grantkit").GrantRecord | undefined} earlier */
async function putBack({ store, profile }, earlier) {
  const { version = 0 } = (await store.load(profile)) ?? {};
  if (earlier) await store.save(profile, { ...earlier, version: version + 1 }, version);
  else await store.delete(profile);
}
