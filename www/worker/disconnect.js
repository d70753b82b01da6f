// The end of a connection, which its user wishes.

import { vaultError } from "grantkit/cloudflare";
import { leave, vaultOf } from "./connection.js";
import { HttpError } from "./http-error.js";

/** @typedef {import("../worker.js").Context} Context */

const UNREVOKED =
  "the session has ended, but its grant is not revoked, since this Worker has its client no more: remove the application in your Zoho account";

/**
 * Revokes the grant of a session, and ends it. A grant whose client is gone holds no browser.
 *
 * @param {Context} c
 * @param {import("./session.js").Session} session
 */
export async function disconnect(c, session) {
  let revoked = true;
  try {
    await vaultOf(c, session).disconnect();
  } catch (error) {
    if (vaultError(error)?.code !== "invalid_configuration") throw error;
    revoked = false;
  }
  await leave(c, session);
  if (!revoked) throw new HttpError(500, "invalid_configuration", UNREVOKED);
}
