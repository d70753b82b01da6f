// The default transport, over real HTTP on loopback.

import { equal, ok, refused } from "./assert.mjs";
import { CLIENT, remember, SCOPE_GRANTED, STORED } from "./world.mjs";

/** @typedef {import("./world.mjs").Served} Served */

/**
 * A client without a fetch of its own.
 *
 * @param {import("./world.mjs").Environment} environment
 * @param {Served} served
 */
function served({ grantkit }, { accounts, api }) {
  return new grantkit.OAuthClient({ server: grantkit.zoho({ accountsServer: accounts, apiDomain: api }), ...CLIENT });
}

/**
 * A client of an endpoint that misbehaves.
 *
 * @param {import("./world.mjs").Environment} environment
 * @param {string} token_endpoint
 * @param {number} [timeoutMs]
 */
function misled({ grantkit }, token_endpoint, timeoutMs) {
  const server = { issuer: new URL(token_endpoint).origin, token_endpoint, revocation_endpoint: token_endpoint };
  const token_endpoint_auth_method = "client_secret_post";
  return new grantkit.OAuthClient({
    server,
    client_id: "plain",
    client_secret: "plain-secret-31c8",
    token_endpoint_auth_method,
    ...(timeoutMs && { timeoutMs }),
  });
}

/**
 * The endpoints, and the codes that a runtime may truthfully give. Where a body is cut, some runtimes tell and some pass
 * on what came; where a redirect is not followed, a browser tells neither its status nor where it led.
 *
 * @type {[string, import("grantkit").OAuthErrorCode[]][]}
 */
const HOSTILE = [
  ["stall-headers", ["timeout"]],
  ["stall-body", ["timeout"]],
  ["reset-headers", ["network"]],
  ["reset-body", ["network", "malformed_response"]],
  ["truncated", ["network", "malformed_response"]],
  ["redirect", ["unexpected_response"]],
  ["html-500", ["unexpected_response"]],
  ["endless", ["malformed_response"]],
  ["gzip-bomb", ["malformed_response"]],
  ["not-gzip", ["network", "malformed_response"]],
];

/** @type {import("./world.mjs").Test[]} */
export const network = [
  {
    name: "the default transport: exchange, refresh, revoke, refusal",
    async run(environment) {
      const { grantkit } = environment;
      const there = environment.served;
      const client = served(environment, there);
      for (const [name, code] of Object.entries(there.codes)) {
        const location = /** @type {import("grantkit").ZohoLocation} */ (name);
        const tokens = await client.exchangeCode(code, { location });
        remember(environment.secrets, code, tokens.access_token, tokens.refresh_token);
        equal(tokens.accounts_server, there.accounts[location], "accounts_server");
        equal(tokens.api_domain, there.api[location], "api_domain");
        equal(tokens.scope, SCOPE_GRANTED, "scope");
        const headers = { authorization: `Zoho-oauthtoken ${tokens.access_token}` };
        const organisation = await fetch(`${tokens.api_domain}/crm/v8/org`, { headers });
        equal([organisation.status, (await organisation.json()).org.length], [200, 1], "CRM call");
        const renewed = await client.refreshTokenGrant(tokens);
        remember(environment.secrets, renewed.access_token);
        ok(renewed.access_token !== tokens.access_token, "another access token");
        await client.revoke(renewed);
        const expected = { code: "reauthorization_required", error: "invalid_code", status: 200 };
        await refused(grantkit, client.refreshTokenGrant(renewed), /** @type {any} */ (expected), "after revoke");
      }
    },
  },
  {
    name: "the default transport: an answer that is good",
    async run(environment) {
      const { hostile } = environment.served;
      const tokens = await misled(environment, `${hostile}/good`).refreshTokenGrant(STORED);
      equal([tokens.access_token, tokens.scope], ["at.good", "read write"], "tokens");
      equal(/** @type {any} */ (tokens).seen, { grant_type: "refresh_token", method: "POST", url: "/good" }, "request");
    },
  },
  {
    name: "the default transport: each way to misbehave has its code",
    async run(environment) {
      const { grantkit } = environment;
      const { hostile } = environment.served;
      for (const [path, codes] of HOSTILE) {
        const timeoutMs = path.startsWith("stall") ? 200 : undefined;
        const call = misled(environment, `${hostile}/${path}`, timeoutMs).refreshTokenGrant(STORED);
        const error = await call.then(
          (tokens) => ok(false, `${path} is refused, seen: ${JSON.stringify(tokens)}`),
          (reason) => reason,
        );
        ok(error instanceof grantkit.OAuthError, `${path}: an OAuthError, seen: ${error}`);
        ok(codes.includes(error.code), `${path}: ${codes}, seen: ${error.code}, ${error.message}`);
      }
    },
  },
  {
    name: "the default transport: nothing listens",
    async run(environment) {
      const { closed } = environment.served;
      const call = misled(environment, `${closed}/token`).refreshTokenGrant(STORED);
      const error = await refused(environment.grantkit, call, { code: "network", retryable: true }, "a closed port");
      ok(error.cause, "the runtime's own error is the cause");
    },
  },
  {
    name: "the default transport: Retry-After is read",
    async run(environment) {
      const { hostile } = environment.served;
      const call = misled(environment, `${hostile}/throttle`).refreshTokenGrant(STORED);
      const expected = { code: "throttled", status: 429, retryAfter: 17, retryable: true };
      await refused(environment.grantkit, call, /** @type {any} */ (expected), "429");
    },
  },
  {
    name: "the default transport: a signal aborted in flight ends the call at once, whatever its reason",
    async run(environment) {
      const { hostile } = environment.served;
      for (const reason of [new Error("the user left"), "a reason that is text", undefined]) {
        for (const path of ["stall-headers", "stall-body"]) {
          const controller = new AbortController();
          const { signal } = controller;
          const endpoint = `/${path}?attempt=${crypto.randomUUID()}`;
          const call = misled(environment, hostile + endpoint).refreshTokenGrant(STORED, { signal });
          await fetch(`${hostile}/reached${endpoint}`);
          controller.abort(reason);
          const error = await refused(environment.grantkit, call, { code: "aborted" }, `${path}, ${reason}`);
          ok(error.cause === signal.reason, "the cause is the signal's reason");
        }
      }
    },
  },
];
