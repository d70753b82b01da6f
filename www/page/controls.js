// What can be broken, and the call that meets it.

import { crmPath } from "./use.js";

/** @typedef {{ post: typeof import("./api.js").post, request: typeof import("./api.js").request }} Calls */

/** @typedef {{ says: string, path: string, body?: unknown }} Step */

/**
 * @typedef {object} Control
 * @property {string} id
 * @property {string} title
 * @property {string} does
 * @property {string} verb of its button
 * @property {boolean} connected whether it needs a connection
 * @property {Step[]} steps what breaks it
 * @property {string} meeting said while it is met
 * @property {(calls: Calls) => Promise<any>} meet
 * @property {(event: import("./watch/timeline.js").WatchEvent) => boolean} ends whether this is the event of the last call
 * @property {(answer: any) => string} says what the application was told where nothing failed
 */

/** The way back. @type {Step} */
export const HEAL = { says: "Time passes, until each limit is free", path: "/api/demo/reset" };
const HOUR = { says: "An hour passes", path: "/api/demo/expire" };
const fails = (/** @type {string} */ says, /** @type {string} */ how) => {
  return { says, path: "/api/demo/fail", body: { endpoint: "token", how, times: 1 } };
};

/** A CRM call, and how its answer reads. */
const LEADS = {
  meeting: "Asking the CRM for leads",
  /** @param {Calls} calls */
  meet: ({ request }) => request(crmPath("Leads")),
  /** @param {import("./watch/timeline.js").WatchEvent} event */
  ends: ({ path }) => path.startsWith("/api/crm/"),
  /** @param {{ status: number, body: any }} answer */
  says: ({ status, body }) => `HTTP ${status} with ${body?.data?.length ?? 0} leads. It noticed nothing.`,
};

/** @type {readonly Control[]} */
export const CONTROLS = [
  {
    ...LEADS,
    id: "expire",
    title: "Let the token expire",
    does: "An hour passes. The next call needs another access token.",
    verb: "Expire",
    connected: true,
    steps: [HOUR],
  },
  {
    id: "burst",
    title: "100 calls at once",
    does: "An hour passes, then a hundred calls come while no token is good.",
    verb: "Send 100",
    connected: true,
    steps: [HOUR],
    meeting: "Sending 100 calls",
    meet: ({ post }) => post("/api/burst", { count: 100 }),
    ends: ({ path }) => path === "/api/burst",
    says: ({ requests, succeeded, token_requests, durationMs, failures }) => {
      const wrong = Object.entries(failures ?? {}).map(([code, count]) => ` ${count} failed: ${code}.`);
      const asked = token_requests === 1 ? "One token request" : `${token_requests} token requests`;
      return `${succeeded} of ${requests} calls succeeded in ${Math.round(durationMs)} ms. ${asked} served them all.${wrong.join("")}`;
    },
  },
  {
    ...LEADS,
    id: "throttle",
    title: "Throttle the server",
    does: "The token is expired, and the accounts server takes no more requests.",
    verb: "Throttle",
    connected: true,
    steps: [HOUR, fails("The accounts server throttles", "throttle")],
  },
  {
    ...LEADS,
    id: "html",
    title: "HTTP 500 as a web page",
    does: "The token is expired, and the accounts server answers with a web page.",
    verb: "Answer 500",
    connected: true,
    steps: [HOUR, fails("The accounts server breaks", "http_500_html")],
  },
  {
    ...LEADS,
    id: "revoke",
    title: "Revoke at Zoho",
    does: "The user removes the application in their Zoho account.",
    verb: "Revoke",
    connected: true,
    steps: [{ says: "The user removes the application", path: "/api/demo/revoke" }],
  },
  {
    id: "forge",
    title: "Forge a callback",
    does: "A callback names a foreign host as the accounts server, to be sent the client secret.",
    verb: "Forge",
    connected: false,
    steps: [],
    meeting: "Following a forged callback",
    meet: async ({ post, request }) => {
      const { callback } = await post("/api/demo/forge");
      return request(callback, { redirect: "manual" });
    },
    ends: ({ path }) => path.startsWith("/callback"),
    says: ({ status }) => `HTTP ${status}. The callback was taken.`,
  },
];
