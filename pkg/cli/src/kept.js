// A new grant goes into the file of grants, and its client into the file beside it: both, or neither.

import { TokenManager } from "grantkit";
import { openClient } from "./client.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("grantkit").TokenSet} TokenSet */

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
