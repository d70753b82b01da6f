// The session of a browser: a sealed cookie that contains the name of its vault.

import { OAuthError } from "grantkit";
import { getCookie, setCookie } from "hono/cookie";
import { HttpError } from "./http-error.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {import("./config.js").Config} Config */

/** The contents of the cookie. @typedef {{ vault: string }} Session */

const PURPOSE = "session";
const VAULT_NAME_BYTES = 24;

/** @param {Config} config */
function cookieOf({ origin }) {
  const secure = origin.startsWith("https://");
  // Browsers reject the __Host- prefix over plain http, which is used on loopback only.
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
    // The cookie has expired, or its key was removed.
    if (error instanceof OAuthError && error.code === "store") return undefined;
    throw error;
  }
}

/** @param {Context} c */
export async function requireSession(c) {
  const session = await findSession(c);
  if (session) return session;
  throw new HttpError(401, "no_session", "the session is missing or has expired: open the page again");
}

/**
 * A session with a new random vault name, which prevents session fixation. The vault uses no storage before its first
 * write.
 *
 * @returns {Session}
 */
export function newSession() {
  const random = crypto.getRandomValues(new Uint8Array(VAULT_NAME_BYTES));
  return { vault: [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/**
 * Makes this the browser's session, in place of any other.
 *
 * @param {Context} c
 * @param {Session} session
 * @param {keyof Config["sessionSeconds"]} kind
 */
export async function setSession(c, session, kind) {
  const config = c.get("config");
  const maxAge = config.sessionSeconds[kind];
  const { name, attributes } = cookieOf(config);
  setCookie(c, name, await config.sealer.seal(session, { purpose: PURPOSE, maxAge }), { ...attributes, maxAge });
  c.set("session", session);
}
