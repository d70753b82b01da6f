// The end of a grant: at the server, then here.

import { notConnected } from "../client.js";
import { usage, withHints } from "../failure.js";

/** @typedef {import("../context.js").Context} Context */

/** @param {Context} context @param {{ yes?: boolean, local?: boolean }} options @returns {Promise<import("../context.js").Result>} */
export async function revoke(context, { yes = false, local = false }) {
  const { profile, file, store } = context;
  // A real grant is not the fake's to forget, nor the other way round.
  await context.savedClient();
  if (!(await store.load(profile))) throw notConnected(context);
  if (!yes) await confirm(context, local);
  if (local) {
    await store.delete(profile);
  } else {
    const { manager } = await context.manager();
    await manager.revoke({ signal: context.signal }).catch((error) => {
      throw withHints(Object(error), ["The grant is kept. To forget it here although it may live on at Zoho: --local"]);
    });
  }
  await context.saveClient(undefined);
  const done = local ? "Forgotten here; Zoho was not asked." : "Revoked: Zoho takes the refresh token no more.";
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
    ? `Forget the grant of the profile "${profile}" without asking Zoho?`
    : `Revoke the grant of the profile "${profile}"? Every program that uses its refresh token loses access.`;
  if (!(await prompts.confirm(question))) throw usage("not confirmed: nothing was changed");
}
