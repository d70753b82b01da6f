// From one session to the next: with a grant, without it, with what the page has shown so far.

import { clientOf } from "./clients.js";
import { findSession, newSession, setSession } from "./session.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {import("./session.js").Session} Session */

/** @param {Context} c @param {Session} session */
export function vaultOf({ env }, { vault }) {
  return env.VAULT.getByName(vault);
}

/**
 * How far the clock of the session is ahead, in milliseconds. Only the demo's controls move it.
 *
 * @param {Context} c
 */
export async function offsetOf(c) {
  const session = c.env.FAKE && (await findSession(c));
  return session ? vaultOf(c, session).offset() : 0;
}

/**
 * Keeps the tokens of a grant in a session of their own. The one before it ends, and with it its grant. Of two that come
 * at once the browser keeps one cookie, and the other's grant lives until its session has lasted its time: none of them
 * can know which cookie that is.
 *
 * @param {Context} c
 * @param {{ kind: import("./vault.js").Kind, offset: number, tokens: import("grantkit").TokenSet }} grant
 */
export async function connect(c, grant) {
  const earlier = await findSession(c);
  const session = newSession();
  try {
    await vaultOf(c, session).adopt(grant);
  } catch (error) {
    // Nobody has these tokens now, so they are not to live on.
    await clientOf(c.get("config"), grant.kind, {})
      .revoke(grant.tokens)
      .catch(() => {});
    throw error;
  }
  await setSession(c, session, "connected");
  await handOver(c, earlier, session);
}

/**
 * Ends a session that has no grant any more.
 *
 * @param {Context} c
 * @param {Session} earlier
 */
export async function leave(c, earlier) {
  const session = newSession();
  await setSession(c, session, "anonymous");
  await handOver(c, earlier, session);
}

/** @param {Context} c @param {Session | undefined} earlier @param {Session} session */
async function handOver(c, earlier, session) {
  if (!earlier) return;
  try {
    await vaultOf(c, session).restore(await vaultOf(c, earlier).retire());
  } catch {
    // The new session is good without what the page has shown so far.
  }
}
