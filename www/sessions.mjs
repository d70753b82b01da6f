import { getCookie, setCookie } from "hono/cookie";

/**
 * What the server keeps for one browser. The browser has nothing but the session's random name.
 *
 * @typedef {object} Session
 * @property {Map<string, import("grantkit").Pending>} pending authorization requests under way, by their state
 * @property {import("grantkit").TokenSet} [tokens]
 * @property {string} [notice] what the last action did
 * @property {Told} [error] why it failed
 */

/** What a person is told of an error. @typedef {{ code: string, message: string, retryAfter?: number | undefined }} Told */

/** @typedef {import("hono").Context} Context */

const COOKIE = "grantkit-demo";
/** The oldest session gives way to a new one. */
const MOST = 1000;

/** Sessions in memory: they end with the process. */
export function sessions() {
  /** @type {Map<string, Session>} */
  const kept = new Map();

  /** @param {Context} c @param {Session} session */
  function begin(c, session) {
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size >= MOST) kept.delete(oldest);
    const id = crypto.randomUUID();
    kept.set(id, session);
    // Not `secure`, since this is plain http on loopback.
    setCookie(c, COOKIE, id, { httpOnly: true, sameSite: "Lax" });
    return session;
  }

  return {
    /** @param {Context} c @returns {Session | undefined} */
    find: (c) => kept.get(getCookie(c, COOKIE) ?? ""),

    /** @param {Context} c */
    findOrBegin: (c) => kept.get(getCookie(c, COOKIE) ?? "") ?? begin(c, { pending: new Map() }),

    /** Gives the session a new name, so that one which somebody else knew is worth nothing. @param {Context} c */
    rename(c) {
      const id = getCookie(c, COOKIE) ?? "";
      const session = kept.get(id);
      kept.delete(id);
      if (session) begin(c, session);
    },
  };
}
