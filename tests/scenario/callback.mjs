import { equal, rejects } from "./assert.mjs";
import { CLIENT, NOW, REDIRECT_URI, remember, setUp } from "./setup.mjs";

/**
 * A callback with some of its parameters changed.
 *
 * @param {string} redirect
 * @param {(parameters: URLSearchParams) => void} change
 */
function altered(redirect, change) {
  const url = new URL(redirect);
  change(url.searchParams);
  return url.href;
}

/** @typedef {import("grantkit").Pending} Pending */

/**
 * Changes to a callback or to its Pending that must be rejected.
 *
 * @type {[string, (redirect: string, pending: Pending) => [string, Pending]][]}
 */
const INVALID = [
  ["another state", (url, pending) => [altered(url, (p) => p.set("state", "A".repeat(43))), pending]],
  ["a truncated state", (url, pending) => [altered(url, (p) => p.set("state", pending.state.slice(0, 42))), pending]],
  ["no state", (url, pending) => [altered(url, (p) => p.delete("state")), pending]],
  ["no code", (url, pending) => [altered(url, (p) => p.delete("code")), pending]],
  ["a duplicate state", (url, pending) => [altered(url, (p) => p.append("state", pending.state)), pending]],
  ["a duplicate code", (url, pending) => [altered(url, (p) => p.append("code", "1000.other")), pending]],
  [
    "an accounts-server that is not Zoho's",
    (url, pending) => [
      altered(url, (p) => p.set("accounts-server", "https://accounts.zoho.com.evil.example")),
      pending,
    ],
  ],
  [
    "an accounts-server with credentials",
    (url, pending) => [
      altered(url, (p) => p.set("accounts-server", "https://accounts.zoho.com@evil.example")),
      pending,
    ],
  ],
  [
    "an accounts-server without TLS",
    (url, pending) => [altered(url, (p) => p.set("accounts-server", "http://accounts.zoho.com")), pending],
  ],
  [
    "a duplicate accounts-server",
    (url, pending) => [altered(url, (p) => p.append("accounts-server", "https://accounts.zoho.eu")), pending],
  ],
  [
    "an unknown location without accounts-server",
    (url, pending) => [
      altered(url, (p) => {
        p.delete("accounts-server");
        p.set("location", "xx");
      }),
      pending,
    ],
  ],
  [
    "location and accounts-server that conflict",
    (url, pending) => [altered(url, (p) => p.set("location", "eu")), pending],
  ],
  ["an expired Pending", (url, pending) => [url, { ...pending, expires_at: NOW - 1 }]],
  ["a Pending of another issuer", (url, pending) => [url, { ...pending, issuer: "https://as.example" }]],
  ["another iss", (url, pending) => [altered(url, (p) => p.set("iss", "https://evil.example")), pending]],
];

/** @type {import("./setup.mjs").Test[]} */
export const callback = [
  {
    name: "a callback can be a string, a URL or a Request",
    async run(environment) {
      const { client, callback, sent } = await setUp(environment);
      const { redirect, pending } = await callback();
      const expected = {
        code: new URL(redirect).searchParams.get("code"),
        accounts_server: "https://accounts.zoho.com",
      };
      for (const form of [redirect, new URL(redirect), new Request(redirect)]) {
        equal(await client.validateAuthorizationResponse(form, pending), expected, form.constructor.name);
      }
      equal(sent.length, 0, "requests sent");
    },
  },
  {
    name: "Zoho's callback is valid with either parameter absent, encoded, or with a trailing ampersand",
    async run(environment) {
      const { client, callback } = await setUp(environment);
      const { redirect, pending } = await callback("eu");
      const code = new URL(redirect).searchParams.get("code");
      const start = `${REDIRECT_URI}?state=${pending.state}&code=${code}`;
      for (const rest of [
        "&location=eu&accounts-server=https://accounts.zoho.eu",
        "&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu&",
        "&location=eu",
        "&accounts-server=https%3A%2F%2Faccounts.zoho.eu",
      ]) {
        const response = await client.validateAuthorizationResponse(start + rest, pending);
        equal(response, { code, accounts_server: "https://accounts.zoho.eu" }, rest);
      }
    },
  },
  {
    name: "an invalid callback is rejected with callback_mismatch, and nothing is sent",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, callback, sent } = await setUp(environment);
      const { redirect, pending } = await callback();
      const logged = fake.log.length;
      for (const [label, change] of INVALID) {
        const exchange = client.authorizationCodeGrant(...change(redirect, pending));
        await rejects(grantkit, exchange, { code: "callback_mismatch", retryable: false }, label);
      }
      equal(sent.length, 0, "requests sent");
      equal(fake.log.length, logged, "requests that the fake received");
      const { access_token } = await client.authorizationCodeGrant(redirect, pending);
      remember(environment.secrets, access_token);
      equal(sent.length, 1, "the unchanged callback still works");
    },
  },
  {
    name: "a denied authorization request is rejected with authorization_response and the server's error code",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, sent } = await setUp(environment);
      const { url, pending } = await client.authorizationRequest({ scope: "ZohoCRM.modules.ALL" });
      const redirect = fake.consent(url, { deny: true });
      const expected = { code: "authorization_response", error: "access_denied", retryable: false };
      await rejects(
        grantkit,
        client.authorizationCodeGrant(redirect, pending),
        /** @type {any} */ (expected),
        "denied",
      );
      const forged = altered(redirect, (p) => p.set("state", "A".repeat(43)));
      const mismatch = client.authorizationCodeGrant(forged, pending);
      await rejects(grantkit, mismatch, { code: "callback_mismatch" }, "an error response with a forged state");
      equal(sent.length, 0, "requests sent");
    },
  },
  {
    name: "iss is required when the server's metadata announces it",
    async run({ grantkit }) {
      const client = new grantkit.OAuthClient({
        server: {
          issuer: "https://as.example",
          authorization_endpoint: "https://as.example/authorize",
          token_endpoint: "https://as.example/token",
          authorization_response_iss_parameter_supported: true,
        },
        client_id: CLIENT.client_id,
        redirect_uri: REDIRECT_URI,
        clock: () => NOW * 1000,
      });
      const { pending } = await client.authorizationRequest({ scope: "read" });
      const bare = `${REDIRECT_URI}?code=c0de&state=${pending.state}`;
      const missing = client.validateAuthorizationResponse(bare, pending);
      await rejects(grantkit, missing, { code: "callback_mismatch" }, "no iss");
      const wrong = client.validateAuthorizationResponse(`${bare}&iss=https%3A%2F%2Fas.example%2F`, pending);
      await rejects(grantkit, wrong, { code: "callback_mismatch" }, "an iss with an extra slash");
      const right = await client.validateAuthorizationResponse(`${bare}&iss=https%3A%2F%2Fas.example`, pending);
      equal(right.code, "c0de", "code");
    },
  },
];
