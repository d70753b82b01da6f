import { vaultError } from "grantkit/cloudflare";
import { replaceSession, vaultOf } from "./connection.js";
import { HttpError } from "./http-error.js";

/** @typedef {import("../worker.js").Context} Context */

const NOT_REVOKED =
  "the session has ended, but its grant is not revoked, because this Worker no longer has the client: remove the application in your Zoho account";

/**
 * Revokes the grant of a session and ends the session. The session ends even if its client was removed from the Worker.
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
  await replaceSession(c, session);
  if (!revoked) throw new HttpError(500, "invalid_configuration", NOT_REVOKED);
}
