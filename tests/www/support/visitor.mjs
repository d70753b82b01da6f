import { sealer } from "grantkit";
import { eventStream } from "./event-stream.mjs";

/** What is consented to where a test does not care. */
export const SCOPE = "ZohoCRM.modules.leads.READ,ZohoCRM.org.READ";
export const LEADS = "/api/crm/v8/Leads?fields=Full_Name&per_page=2";

/** @typedef {ReturnType<typeof visitor>} Visitor */

/**
 * What a browser does without a page: cookies, redirects by hand, events.
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

  /** Leaves for the consent page, and returns where that is. @param {Record<string, string>} [wishes] */
  async function leave(wishes = {}) {
    const query = new URLSearchParams({ scope: SCOPE, prompt: "consent", ...wishes });
    return (await visit(`/login?${query}`)).headers.get("location") ?? "";
  }

  return {
    cookies,
    visit,
    get,
    post,
    leave,
    /** Opens the page, as far as it begins a session. */
    open: () => get("/api/session"),
    session: async () => (await get("/api/session")).body,
    /** Connects as a user of Zoho. @param {string} [email] @param {Record<string, string>} [wishes] */
    async connect(email = "emil@eu.example", wishes = {}) {
      return visit(fake.consent(await leave(wishes), { email }));
    },
    /** The name of the vault in the session's cookie. @returns {Promise<string>} */
    async vaultName() {
      const { vault } = /** @type {{ vault: string }} */ (
        await sealer(keys).unseal(cookies.get("session") ?? "", { purpose: "session" })
      );
      return vault;
    },
    /** The events, as a browser would get them. @param {number} [after] the id of the last that was seen */
    async watch(after) {
      const headers = after === undefined ? {} : { "last-event-id": `${after}` };
      return eventStream(await visit("/api/events", { headers }));
    },
  };
}
