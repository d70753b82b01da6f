import { equal, refused } from "./assert.mjs";
import { CLIENT, NOW, REDIRECT_URI, remember, world } from "./world.mjs";

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
 * What a callback must not get away with.
 *
 * @type {[string, (redirect: string, pending: Pending) => [string, Pending]][]}
 */
const HOSTILE = [
  ["another state", (url, pending) => [altered(url, (p) => p.set("state", "A".repeat(43))), pending]],
  ["a state cut short", (url, pending) => [altered(url, (p) => p.set("state", pending.state.slice(0, 42))), pending]],
  ["no state", (url, pending) => [altered(url, (p) => p.delete("state")), pending]],
  ["no code", (url, pending) => [altered(url, (p) => p.delete("code")), pending]],
  ["two states", (url, pending) => [altered(url, (p) => p.append("state", pending.state)), pending]],
  ["two codes", (url, pending) => [altered(url, (p) => p.append("code", "1000.other")), pending]],
  [
    "a hostile accounts-server",
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
    "two accounts-servers",
    (url, pending) => [altered(url, (p) => p.append("accounts-server", "https://accounts.zoho.eu")), pending],
  ],
  [
    "an unknown location alone",
    (url, pending) => [
      altered(url, (p) => {
        p.delete("accounts-server");
        p.set("location", "xx");
      }),
      pending,
    ],
  ],
  ["location and accounts-server at odds", (url, pending) => [altered(url, (p) => p.set("location", "eu")), pending]],
  ["an expired Pending", (url, pending) => [url, { ...pending, expires_at: NOW - 1 }]],
  ["a Pending of another issuer", (url, pending) => [url, { ...pending, issuer: "https://as.example" }]],
  ["another iss", (url, pending) => [altered(url, (p) => p.set("iss", "https://evil.example")), pending]],
];

/** @type {import("./world.mjs").Test[]} */
export const callback = [
  {
    name: "a callback is read from a string, a URL and a Request",
    async run(environment) {
      const { client, callback, sent } = await world(environment);
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
    name: "Zoho's callback is understood with either parameter absent, encoded, or with a stray ampersand",
    async run(environment) {
      const { client, callback } = await world(environment);
      const { redirect, pending } = await callback("eu");
      const code = new URL(redirect).searchParams.get("code");
      const start = `${REDIRECT_URI}?state=${pending.state}&code=${code}`;
      for (const rest of [
        "&location=eu&accounts-server=https://accounts.zoho.eu",
        "&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu&",
        "&location=eu",
        "&accounts-server=https%3A%2F%2Faccounts.zoho.eu",
      ]) {
        const answer = await client.validateAuthorizationResponse(start + rest, pending);
        equal(answer, { code, accounts_server: "https://accounts.zoho.eu" }, rest);
      }
    },
  },
  {
    name: "a hostile callback is callback_mismatch, and nothing is sent",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, callback, sent } = await world(environment);
      const { redirect, pending } = await callback();
      const logged = fake.log.length;
      for (const [what, change] of HOSTILE) {
        const refusal = client.authorizationCodeGrant(...change(redirect, pending));
        await refused(grantkit, refusal, { code: "callback_mismatch", retryable: false }, what);
      }
      equal(sent.length, 0, "requests sent");
      equal(fake.log.length, logged, "requests that the fake saw");
      const { access_token } = await client.authorizationCodeGrant(redirect, pending);
      remember(environment.secrets, access_token);
      equal(sent.length, 1, "the untouched callback still works");
    },
  },
  {
    name: "a user who says no is authorization_response with the server's own words",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, sent } = await world(environment);
      const { url, pending } = await client.authorizationRequest({ scope: "ZohoCRM.modules.ALL" });
      const redirect = fake.consent(url, { deny: true });
      const expected = { code: "authorization_response", error: "access_denied", retryable: false };
      await refused(
        grantkit,
        client.authorizationCodeGrant(redirect, pending),
        /** @type {any} */ (expected),
        "denied",
      );
      const forged = altered(redirect, (p) => p.set("state", "A".repeat(43)));
      const mismatch = client.authorizationCodeGrant(forged, pending);
      await refused(grantkit, mismatch, { code: "callback_mismatch" }, "an error that another site forged");
      equal(sent.length, 0, "requests sent");
    },
  },
  {
    name: "iss is demanded where the server says that it sends it",
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
      await refused(grantkit, missing, { code: "callback_mismatch" }, "no iss");
      const wrong = client.validateAuthorizationResponse(`${bare}&iss=https%3A%2F%2Fas.example%2F`, pending);
      await refused(grantkit, wrong, { code: "callback_mismatch" }, "an iss with one slash more");
      const right = await client.validateAuthorizationResponse(`${bare}&iss=https%3A%2F%2Fas.example`, pending);
      equal(right.code, "c0de", "code");
    },
  },
];
