import { sealer } from "grantkit";
import { eventStream } from "./event-stream.mjs";

/** The scope of tests that need no particular one. */
export const SCOPE = "ZohoCRM.modules.leads.READ,ZohoCRM.org.READ";
export const LEADS = "/api/crm/v8/Leads?fields=Full_Name&per_page=2";

/** @typedef {ReturnType<typeof visitor>} Visitor */

/**
 * A browser without a page. It handles cookies, follows no redirects, and reads events.
 *
 * @param {Pick<Awaited<ReturnType<typeof import("../../../www/local/demo.mjs").startDemo>>, "origin" | "fake" | "keys">} demo
 */
export function visitor({ origin, fake, keys }) {
  /** @type {Map<string, string>} */
  const cookies = new Map();

  /** @param {string} path @param {RequestInit} [init] */
  async function visit(path, init = {}) {
    const headers = new Headers(init.headers);
    if (cookies.size > 0) headers.set("cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
    const response = await fetch(new URL(path, origin), { redirect: "manual", ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/; Max-Age=0(?:;|$)/.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }

  /** @param {string} path @returns {Promise<{ status: number, body: any }>} */
  async function get(path) {
    const response = await visit(path, { headers: { accept: "application/json" } });
    return { status: response.status, body: await response.json() };
  }

  /** @param {string} path @param {unknown} [body] @returns {Promise<{ status: number, body: any }>} */
  async function post(path, body = {}) {
    const headers = { accept: "application/json", "content-type": "application/json", origin };
    const response = await visit(path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  }

  /** Starts a login, and returns the URL of the consent page. @param {Record<string, string>} [parameters] */
  async function login(parameters = {}) {
    const query = new URLSearchParams({ scope: SCOPE, prompt: "consent", ...parameters });
    return (await visit(`/login?${query}`)).headers.get("location") ?? "";
  }

  return {
    cookies,
    visit,
    get,
    post,
    login,
    /** Starts a session, as opening the page does. */
    open: () => get("/api/session"),
    session: async () => (await get("/api/session")).body,
    /** Connects as a user of Zoho. @param {string} [email] @param {Record<string, string>} [parameters] */
    async connect(email = "emil@eu.example", parameters = {}) {
      return visit(fake.consent(await login(parameters), { email }));
    },
    /** The name of the vault in the session's cookie. @returns {Promise<string>} */
    async vaultName() {
      const { vault } = /** @type {{ vault: string }} */ (
        await sealer(keys).unseal(cookies.get("session") ?? "", { purpose: "session" })
      );
      return vault;
    },
    /** The stream of events. @param {number} [after] the id of the last event that was received */
    async watch(after) {
      const headers = after === undefined ? {} : { "last-event-id": `${after}` };
      return eventStream(await visit("/api/events", { headers }));
    },
  };
}
