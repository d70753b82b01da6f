// The session of a browser: a sealed cookie that names its vault. Nothing else of it leaves the Worker.

import { OAuthError } from "grantkit";
import { getCookie, setCookie } from "hono/cookie";
import { HttpError } from "./http-error.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {import("./config.js").Config} Config */

/** What the cookie holds. @typedef {{ vault: string }} Session */

const PURPOSE = "session";
const NAME_BYTES = 24;

/** @param {Config} config */
function cookieOf({ origin }) {
  const secure = origin.startsWith("https://");
  // Over plain http, which is for loopback alone, browsers refuse the prefix.
  return {
    name: secure ? "__Host-session" : "session",
    attributes: { path: "/", httpOnly: true, secure, sameSite: /** @type {const} */ ("Lax") },
  };
}

/** @param {Context} c @returns {Promise<Session | undefined>} */
export async function findSession(c) {
  const config = c.get("config");
  const sealed = getCookie(c, cookieOf(config).name);
  if (!sealed) return undefined;
  try {
    return await config.sealer.unseal(sealed, { purpose: PURPOSE });
  } catch (error) {
    // Expired, or sealed by a key that is gone: as good as none.
    if (error instanceof OAuthError && error.code === "store") return undefined;
    throw error;
  }
}

/** The session, which must be there. @param {Context} c */
export async function requireSession(c) {
  const session = await findSession(c);
  if (session) return session;
  throw new HttpError(401, "no_session", "there is no session, or it has expired: open the page again");
}

/**
 * A session whose vault has a name that nobody knew before (no fixation), and no storage until something is put into it.
 *
 * @returns {Session}
 */
export function newSession() {
  const random = crypto.getRandomValues(new Uint8Array(NAME_BYTES));
  return { vault: [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/**
 * Makes it the browser's session, in place of the one that there may be.
 *
 * @param {Context} c
 * @param {Session} session
 * @param {keyof Config["life"]} kind
 */
export async function setSession(c, session, kind) {
  const config = c.get("config");
  const maxAge = config.life[kind];
  const { name, attributes } = cookieOf(config);
  setCookie(c, name, await config.sealer.seal(session, { purpose: PURPOSE, maxAge }), { ...attributes, maxAge });
  c.set("session", session);
}
