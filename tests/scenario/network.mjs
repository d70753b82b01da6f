// The default transport, over real HTTP on loopback.

import { equal, ok, rejects } from "./assert.mjs";
import { CLIENT, remember, SCOPE_GRANTED, STORED } from "./setup.mjs";

/** @typedef {import("./setup.mjs").Served} Served */

/**
 * A client without a fetch of its own.
 *
 * @param {import("./setup.mjs").Environment} environment
 * @param {Served} served
 */
function clientOf({ grantkit }, { accounts, api }) {
  return new grantkit.OAuthClient({ server: grantkit.zoho({ accountsServer: accounts, apiDomain: api }), ...CLIENT });
}

/**
 * A client whose token endpoint misbehaves.
 *
 * @param {import("./setup.mjs").Environment} environment
 * @param {string} token_endpoint
 * @param {number} [timeoutMs]
 */
function clientFor({ grantkit }, token_endpoint, timeoutMs) {
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
 * The endpoints, and the error codes that are right for them. When a body is cut off, some runtimes fail and some return
 * what has arrived. When a redirect is not followed, a browser hides its status and its target.
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

/** @type {import("./setup.mjs").Test[]} */
export const network = [
  {
    name: "the default transport: exchange, refresh, revocation, rejected refresh",
    async run(environment) {
      const { grantkit } = environment;
      const there = environment.served;
      const client = clientOf(environment, there);
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
        await rejects(grantkit, client.refreshTokenGrant(renewed), /** @type {any} */ (expected), "after revoke");
      }
    },
  },
  {
    name: "the default transport: a valid token response",
    async run(environment) {
      const { hostile } = environment.served;
      const tokens = await clientFor(environment, `${hostile}/good`).refreshTokenGrant(STORED);
      equal([tokens.access_token, tokens.scope], ["at.good", "read write"], "tokens");
      equal(/** @type {any} */ (tokens).seen, { grant_type: "refresh_token", method: "POST", url: "/good" }, "request");
    },
  },
  {
    name: "the default transport: each misbehaving endpoint has its error code",
    async run(environment) {
      const { grantkit } = environment;
      const { hostile } = environment.served;
      for (const [path, codes] of HOSTILE) {
        const timeoutMs = path.startsWith("stall") ? 200 : undefined;
        const call = clientFor(environment, `${hostile}/${path}`, timeoutMs).refreshTokenGrant(STORED);
        const error = await call.then(
          (tokens) => ok(false, `${path} rejects, seen: ${JSON.stringify(tokens)}`),
          (reason) => reason,
        );
        ok(error instanceof grantkit.OAuthError, `${path}: an OAuthError, seen: ${error}`);
        ok(codes.includes(error.code), `${path}: ${codes}, seen: ${error.code}, ${error.message}`);
      }
    },
  },
  {
    name: "the default transport: a closed port is a network error",
    async run(environment) {
      const { closed } = environment.served;
      const call = clientFor(environment, `${closed}/token`).refreshTokenGrant(STORED);
      const error = await rejects(environment.grantkit, call, { code: "network", retryable: true }, "a closed port");
      ok(error.cause, "the runtime's own error is the cause");
    },
  },
  {
    name: "the default transport: Retry-After is parsed",
    async run(environment) {
      const { hostile } = environment.served;
      const call = clientFor(environment, `${hostile}/throttle`).refreshTokenGrant(STORED);
      const expected = { code: "throttled", status: 429, retryAfter: 17, retryable: true };
      await rejects(environment.grantkit, call, /** @type {any} */ (expected), "429");
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
          const call = clientFor(environment, hostile + endpoint).refreshTokenGrant(STORED, { signal });
          await fetch(`${hostile}/reached${endpoint}`);
          controller.abort(reason);
          const error = await rejects(environment.grantkit, call, { code: "aborted" }, `${path}, ${reason}`);
          ok(error.cause === signal.reason, "the cause is the signal's reason");
        }
      }
    },
  },
];
