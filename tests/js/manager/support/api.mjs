// A manager of a fresh token, and a fetch that records the API calls and responds by a function of the test.
import { memoryStore, OAuthClient, TokenManager, zoho } from "grantkit";
import { access, refresh } from "./rotating.mjs";
import { CLIENT, LIFETIME, NOW } from "./setup.mjs";

/**
 * @typedef {object} Sent
 * @property {string} url
 * @property {string} method
 * @property {Headers} headers
 * @property {string | null} authorization
 * @property {string} body
 * @property {RequestInit} init
 */

const SERVERS = {
  zoho: zoho(),
  rfc: {
    issuer: "https://as.example",
    token_endpoint: "https://as.example/token",
    api_domain: "https://api.example",
  },
};

/**
 * @param {object} options
 * @param {keyof typeof SERVERS} options.profile
 * @param {(sent: Sent) => Response | Promise<Response>} [options.respond] to a call of the API
 * @param {Partial<import("grantkit").ClientConfig>} [options.config]
 * @param {import("grantkit").TokenStore} [options.store]
 */
export async function recordingApi({ profile, respond = () => Response.json({}), config, store = memoryStore() }) {
  /** @type {Sent[]} */
  const sent = [];
  /** @type {import("grantkit").TraceEvent[]} */
  const events = [];
  let refreshes = 0;
  const client = new OAuthClient({
    server: SERVERS[profile],
    ...CLIENT,
    clock: () => NOW * 1000,
    trace: (event) => events.push(event),
    async fetch(url, init) {
      if (url.endsWith("/token")) {
        refreshes += 1;
        const access_token = access(1 + refreshes);
        return Response.json({ access_token, token_type: "Bearer", expires_in: LIFETIME });
      }
      const headers = new Headers(init.headers);
      const body = init.body ? await new Response(init.body).text() : "";
      const call = {
        url,
        method: init.method ?? "GET",
        headers,
        authorization: headers.get("authorization"),
        body,
        init,
      };
      sent.push(call);
      return respond(call);
    },
    ...config,
  });
  const manager = new TokenManager(client, store);
  const tokens = {
    access_token: access(1),
    refresh_token: refresh(1),
    token_type: "Bearer",
    expires_at: NOW + LIFETIME,
  };
  await manager.save(tokens);
  return {
    manager,
    client,
    store,
    sent,
    events,
    access_token: access(1),
    refreshes: () => refreshes,
    /** The number of the access token of each call. */
    tokenNumbers: () => sent.map(({ authorization }) => Number(authorization?.slice(-4))),
  };
}
