// The controls of the Break section: each causes a failure, then makes a call that runs into it.

import { crmPath } from "./use.js";

/** @typedef {{ post: typeof import("./api.js").post, request: typeof import("./api.js").request }} Api */

/** @typedef {{ label: string, path: string, body?: unknown }} Step */

/**
 * @typedef {object} Control
 * @property {string} id
 * @property {string} title
 * @property {string} description
 * @property {string} action the label of its button
 * @property {boolean} needsConnection
 * @property {Step[]} steps that cause the failure
 * @property {string} callLabel shown during the call
 * @property {(api: Api) => Promise<any>} call
 * @property {(event: import("./watch/timeline.js").WatchEvent) => boolean} isLastEvent whether this is the event of the call
 * @property {(response: any) => string} describe the response, if the call succeeded
 */

/** @type {Step} */
export const RESET = { label: "Moving the clocks ahead until no limit applies", path: "/api/demo/reset" };
const EXPIRE = { label: "Moving the clocks ahead by an hour", path: "/api/demo/expire" };
const failOnce = (/** @type {string} */ label, /** @type {string} */ how) => {
  return { label, path: "/api/demo/fail", body: { endpoint: "token", how, times: 1 } };
};

const LOAD_LEADS = {
  callLabel: "Requesting leads from the CRM",
  /** @param {Api} api */
  call: ({ request }) => request(crmPath("Leads")),
  /** @param {import("./watch/timeline.js").WatchEvent} event */
  isLastEvent: ({ path }) => path.startsWith("/api/crm/"),
  /** @param {{ status: number, body: any }} response */
  describe: ({ status, body }) => `HTTP ${status} with ${body?.data?.length ?? 0} leads. There was no error.`,
};

/** @type {readonly Control[]} */
export const CONTROLS = [
  {
    ...LOAD_LEADS,
    id: "expire",
    title: "Let the token expire",
    description: "An hour passes. The next call needs a new access token.",
    action: "Expire",
    needsConnection: true,
    steps: [EXPIRE],
  },
  {
    id: "burst",
    title: "100 calls at once",
    description: "An hour passes. Then the Worker makes 100 calls at once, without a valid access token.",
    action: "Send 100",
    needsConnection: true,
    steps: [EXPIRE],
    callLabel: "Sending 100 calls",
    call: ({ post }) => post("/api/burst", { count: 100 }),
    isLastEvent: ({ path }) => path === "/api/burst",
    describe: ({ requests, succeeded, token_requests, durationMs, failures }) => {
      const counts = Object.entries(failures ?? {}).map(([code, count]) => ` ${count} failed: ${code}.`);
      const shared = token_requests === 1 ? "one token request" : `${token_requests} token requests`;
      return `${succeeded} of ${requests} calls succeeded in ${Math.round(durationMs)} ms. They shared ${shared}.${counts.join("")}`;
    },
  },
  {
    ...LOAD_LEADS,
    id: "throttle",
    title: "Throttle the server",
    description: "The access token expires, and the accounts server throttles the token request.",
    action: "Throttle",
    needsConnection: true,
    steps: [EXPIRE, failOnce("Making the accounts server throttle", "throttle")],
  },
  {
    ...LOAD_LEADS,
    id: "html",
    title: "HTTP 500 with HTML",
    description: "The access token expires, and the accounts server responds with an HTML error page.",
    action: "Send 500",
    needsConnection: true,
    steps: [EXPIRE, failOnce("Making the accounts server respond with HTTP 500", "http_500_html")],
  },
  {
    ...LOAD_LEADS,
    id: "revoke",
    title: "Revoke at Zoho",
    description: "The user removes the application from their Zoho account.",
    action: "Revoke",
    needsConnection: true,
    steps: [{ label: "Removing the application from the Zoho account", path: "/api/demo/revoke" }],
  },
  {
    id: "forge",
    title: "Forge a callback",
    description: "A callback names an attacker’s host as the accounts server, to obtain the client secret.",
    action: "Forge",
    needsConnection: false,
    steps: [],
    callLabel: "Opening a forged callback",
    call: async ({ post, request }) => {
      const { callback } = await post("/api/demo/forge");
      return request(callback, { redirect: "manual" });
    },
    isLastEvent: ({ path }) => path.startsWith("/callback"),
    describe: ({ status }) => `HTTP ${status}. The callback was accepted.`,
  },
];
