// Revokes a grant at the server, then deletes it here.

import { notConnected } from "../client-options.js";
import { usage, withHints } from "../failure.js";

/** @typedef {import("../context.js").Context} Context */

/** @param {Context} context @param {{ yes?: boolean, local?: boolean }} options @returns {Promise<import("../context.js").Result>} */
export async function revoke(context, { yes = false, local = false }) {
  const { profile, file, store } = context;
  // Throws where --fake does not fit the grant.
  await context.savedClient();
  if (!(await context.record())) throw notConnected(context);
  if (!yes) await confirm(context, local);
  if (local) {
    await store.delete(profile);
  } else {
    const { manager } = await context.manager();
    await manager.revoke({ signal: context.signal }).catch((error) => {
      throw withHints(Object(error), [
        "The grant was not deleted. To delete it here although it may stay valid at Zoho: --local",
      ]);
    });
  }
  await context.saveClient(undefined);
  const done = local ? "Deleted here; Zoho was not asked." : "Revoked: Zoho no longer accepts the refresh token.";
  return {
    facts: { profile, file, revoked: !local },
    text: `${done} Nothing of the profile "${profile}" is left in ${file}.`,
  };
}

/** @param {Context} context @param {boolean} local */
async function confirm(context, local) {
  const { profile } = context;
  if (!context.isInteractive) throw usage("there is no terminal to confirm at: add --yes");
  const prompts = await context.prompts();
  const question = local
    ? `Delete the grant of the profile "${profile}" without revoking it at Zoho?`
    : `Revoke the grant of the profile "${profile}"? Every program that uses its refresh token loses access.`;
  if (!(await prompts.confirm(question)))
    throw usage("not confirmed, so nothing was changed: run this again to confirm");
}
