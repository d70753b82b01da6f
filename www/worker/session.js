// The session of a browser: a sealed cookie that names its vault. Nothing else of it leaves the Worker.

import { OAuthError, sealer } from "grantkit";
import { getCookie, setCookie } from "hono/cookie";
import { Refusal } from "./refusal.js";

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
    return await sealer(config.keys).unseal(sealed, { purpose: PURPOSE });
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
  throw new Refusal(401, "no_session", "there is no session, or it has expired: open the page again");
}

/**
 * Begins a session in place of the one that there may be. Its vault has a name that nobody knew before (no fixation), and
 * no storage until something is put into it.
 *
 * @param {Context} c
 * @param {keyof Config["life"]} kind
 * @returns {Promise<Session>}
 */
export async function beginSession(c, kind) {
  const config = c.get("config");
  const random = crypto.getRandomValues(new Uint8Array(NAME_BYTES));
  const session = { vault: [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
  const maxAge = config.life[kind];
  const { name, attributes } = cookieOf(config);
  setCookie(c, name, await sealer(config.keys).seal(session, { purpose: PURPOSE, maxAge }), { ...attributes, maxAge });
  return session;
}
