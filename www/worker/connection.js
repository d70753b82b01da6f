// Replaces a browser's session: with a new grant, or without one after a disconnect. The page keeps its history.

import { clientOf } from "./clients.js";
import { findSession, newSession, setSession } from "./session.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {import("./session.js").Session} Session */

/** @param {Context} c @param {Session} session */
export function vaultOf({ env }, { vault }) {
  return env.VAULT.getByName(vault);
}

/**
 * How far the session's clock is ahead of the real one, in milliseconds. Only the demo controls move it.
 *
 * @param {Context} c
 */
export async function clockOffsetOf(c) {
  const session = c.env.FAKE && (await findSession(c));
  return session ? vaultOf(c, session).clockOffset() : 0;
}

/**
 * Stores a grant in a new session, and ends the previous session with its grant. Of two simultaneous calls the browser
 * keeps one cookie. The Worker cannot know which one, so the other session keeps its grant until it expires.
 *
 * @param {Context} c
 * @param {{ kind: import("./vault.js").Kind, offset: number, tokens: import("grantkit").TokenSet }} grant
 */
export async function connect(c, grant) {
  const previous = await findSession(c);
  const session = newSession();
  try {
    await vaultOf(c, session).saveGrant(grant);
  } catch (error) {
    // The tokens were not stored, so they are revoked.
    await clientOf(c.get("config"), grant.kind, {})
      .revoke(grant.tokens)
      .catch(() => {});
    throw error;
  }
  await setSession(c, session, "connected");
  await moveHistory(c, previous, session);
}

/**
 * Replaces a session whose grant is gone.
 *
 * @param {Context} c
 * @param {Session} previous
 */
export async function replaceSession(c, previous) {
  const session = newSession();
  await setSession(c, session, "anonymous");
  await moveHistory(c, previous, session);
}

/** @param {Context} c @param {Session | undefined} previous @param {Session} session */
async function moveHistory(c, previous, session) {
  if (!previous) return;
  try {
    await vaultOf(c, session).importHistory(await vaultOf(c, previous).endSession());
  } catch {
    // The new session works without the history.
  }
}
