import { equal, match, ok, refused } from "./assert.mjs";
import { CLIENT, plainClient, remember, SCOPE, STORED, world } from "./world.mjs";

/** @typedef {Record<string, unknown> & { code: import("grantkit").OAuthErrorCode }} Expected */

const HTML = "<!doctype html><title>Roadblock</title>";

/**
 * How the fake can be made to fail, and what the client says of it.
 *
 * @type {[import("grantkit/testing").FakeFailure, Expected][]}
 */
const FAILURES = [
  ["http_500_html", { code: "unexpected_response", retryable: true, status: 500 }],
  ["http_503", { code: "unexpected_response", retryable: true, status: 503, retryAfter: 120 }],
  ["html_200", { code: "unexpected_response", retryable: true, status: 200 }],
  ["redirect", { code: "unexpected_response", status: 302 }],
  ["throttle", { code: "throttled", retryable: true, status: 400, retryAfter: 600 }],
  ["throttle_localised", { code: "throttled", retryable: true, status: 400, retryAfter: 600 }],
  ["invalid_client", { code: "client_rejected", retryable: false, status: 200, error: "invalid_client" }],
  ["invalid_client_secret", { code: "client_rejected", retryable: false, status: 200, error: "invalid_client_secret" }],
  ["general_error", { code: "unexpected_response", retryable: true, status: 200, error: "general_error" }],
  ["empty", { code: "malformed_response", status: 200 }],
  ["truncated", { code: "malformed_response", retryable: true, status: 200 }],
  ["not_json", { code: "malformed_response", status: 200 }],
  ["oversized", { code: "malformed_response", retryable: false }],
  ["token_with_newline", { code: "malformed_response", status: 200 }],
  ["error_and_token", { code: "malformed_response", status: 200 }],
  ["reset", { code: "network", retryable: true }],
  ["slow", { code: "timeout", retryable: true }],
  ["stall", { code: "timeout", retryable: true }],
  ["endless", { code: "malformed_response", retryable: false }],
];

/**
 * How Zoho's answers depart from RFC 6749 without being wrong.
 *
 * @type {import("grantkit/testing").FakeFailure[]}
 */
const DEPARTURES = [
  "expires_in_ms",
  "expires_in_string",
  "no_token_type",
  "no_refresh_token",
  "no_api_domain",
  "no_scope",
];

/**
 * What servers answered, and what it means (RFC 6749 5.1 and 5.2).
 *
 * @type {[string, () => Response, Expected][]}
 */
const ANSWERS = [
  ["not JSON", () => new Response("access_token=a", { status: 200 }), { code: "malformed_response", status: 200 }],
  ["an HTML page with 200", () => new Response(HTML), { code: "unexpected_response", status: 200 }],
  ["nothing at all", () => new Response(null, { status: 200 }), { code: "malformed_response", status: 200 }],
  ["an array", () => Response.json([]), { code: "malformed_response" }],
  [
    "a token of the wrong type",
    () => Response.json({ access_token: 1, token_type: "Bearer" }),
    { code: "malformed_response" },
  ],
  ["an empty token", () => Response.json({ access_token: "", token_type: "Bearer" }), { code: "malformed_response" }],
  [
    "a token that would split a header",
    () => Response.json({ access_token: "a\r\nx: y", token_type: "Bearer" }),
    { code: "malformed_response" },
  ],
  ["no token_type", () => Response.json({ access_token: "a" }), { code: "malformed_response" }],
  [
    "a token and an error",
    () => Response.json({ access_token: "a", token_type: "Bearer", error: "invalid_grant" }, { status: 400 }),
    { code: "malformed_response", retryable: false },
  ],
  [
    "invalid_client",
    () => Response.json({ error: "invalid_client", error_description: "who?" }, { status: 401 }),
    { code: "client_rejected", error: "invalid_client", error_description: "who?", status: 401, retryable: false },
  ],
  [
    "429 with Retry-After",
    () => Response.json({ error: "slow_down" }, { status: 429, headers: { "retry-after": "17" } }),
    { code: "throttled", retryAfter: 17, status: 429, retryable: true },
  ],
  [
    "503 with Retry-After",
    () => new Response("later", { status: 503, headers: { "retry-after": "5" } }),
    { code: "unexpected_response", status: 503, retryable: true, retryAfter: 5 },
  ],
  [
    "a redirect",
    () => new Response(null, { status: 307, headers: { location: "https://evil.example/" } }),
    { code: "unexpected_response", status: 307 },
  ],
];

/** A body that never ends. @param {() => void} pulled told of each piece taken */
const endless = (pulled) =>
  new ReadableStream({
    pull(controller) {
      pulled();
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });

/** @type {import("./world.mjs").Test[]} */
export const failures = [
  {
    name: "each way in which the token endpoint fails has its code, and costs no grant",
    async run(environment) {
      const { grantkit } = environment;
      for (const [how, expected] of FAILURES) {
        const { client, fake, signIn } = await world(environment, {
          timeoutMs: ["slow", "stall"].includes(how) ? 30 : 10_000,
        });
        const tokens = await signIn();
        fake.fail("token", how);
        const error = await refused(grantkit, client.refreshTokenGrant(tokens), expected, how);
        equal(error.tokens, undefined, `${how}: no tokens`);
        const renewed = await client.refreshTokenGrant(tokens);
        remember(environment.secrets, renewed.access_token);
        equal(renewed.refresh_token, tokens.refresh_token, `${how}: the grant survives`);
      }
    },
  },
  {
    name: "an answer that departs from RFC 6749 as Zoho's do gives the same tokens",
    async run(environment) {
      for (const how of DEPARTURES) {
        const { client, fake, signIn } = await world(environment);
        const tokens = await signIn();
        fake.fail("token", how);
        const renewed = await client.refreshTokenGrant(tokens);
        remember(environment.secrets, renewed.access_token);
        ok(renewed.access_token !== tokens.access_token, `${how}: another access token`);
        equal({ ...renewed, access_token: "" }, { ...tokens, access_token: "" }, how);
      }
    },
  },
  {
    name: "the eleventh token request in ten minutes is throttled, and after them it is not",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, signIn } = await world(environment);
      const tokens = await signIn();
      for (let n = 0; n < 10; n += 1)
        remember(environment.secrets, (await client.refreshTokenGrant(tokens)).access_token);
      const error = await refused(
        grantkit,
        client.refreshTokenGrant(tokens),
        { code: "throttled", retryable: true },
        "eleventh",
      );
      fake.advance(error.retryAfter ?? 0);
      remember(environment.secrets, (await client.refreshTokenGrant(tokens)).access_token);
    },
  },
  {
    name: "each answer of a plain server has its code",
    async run({ grantkit }) {
      for (const [what, answer, expected] of ANSWERS) {
        const client = plainClient(grantkit, async () => answer());
        await refused(grantkit, client.refreshTokenGrant(STORED), expected, what);
      }
    },
  },
  {
    name: "an endless body is cut off",
    async run({ grantkit }) {
      let pieces = 0;
      const client = plainClient(grantkit, async () => new Response(endless(() => (pieces += 1))));
      const refresh = client.refreshTokenGrant(STORED);
      await refused(grantkit, refresh, { code: "malformed_response" }, "an endless body");
      ok(pieces <= 16, `${pieces} pieces of 64 KiB were taken; 256 KiB is the limit`);
    },
  },
  {
    name: "a fetch that rejects or throws is network, with its reason as cause",
    async run({ grantkit }) {
      const reason = new TypeError("fetch failed");
      for (const answer of [
        () => Promise.reject(reason),
        () => {
          throw reason;
        },
      ]) {
        const refresh = plainClient(grantkit, answer).refreshTokenGrant(STORED);
        const error = await refused(grantkit, refresh, { code: "network", retryable: true }, "rejection");
        ok(error.cause === reason, "the cause is the reason itself");
      }
      const odd = plainClient(grantkit, () => Promise.reject("just text")).refreshTokenGrant(STORED);
      await refused(grantkit, odd, { code: "network", cause: "just text" }, "a reason that is no Error");
    },
  },
  {
    name: "a fetch or a body that stalls is timeout, also when it ignores its signal",
    async run({ grantkit }) {
      const stalls = [
        () => new Promise(() => {}),
        async () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })),
      ];
      for (const stall of stalls) {
        const client = plainClient(grantkit, /** @type {any} */ (stall), { timeoutMs: 30 });
        await refused(grantkit, client.refreshTokenGrant(STORED), { code: "timeout", retryable: true }, "a stall");
        await refused(grantkit, client.revoke(STORED), { code: "timeout", retryable: true }, "a stalled revocation");
      }
    },
  },
  {
    name: "revocation that fails says so",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, signIn } = await world(environment);
      const tokens = await signIn();
      fake.fail("revoke", "http_500_html", 10);
      const expected = { code: "unexpected_response", status: 500, retryable: true };
      await refused(grantkit, client.revoke(tokens), /** @type {any} */ (expected), "500");
      remember(environment.secrets, (await client.refreshTokenGrant(tokens)).access_token);
    },
  },
  {
    name: "a wrong client is client_rejected, and the message names the next step",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake } = await world(environment, { client_id: "1000.UNKNOWN", client_secret: "unknown-2b7e" });
      environment.secrets.add("unknown-2b7e");
      const code = fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE });
      const expected = { code: "client_rejected", error: "invalid_client", status: 200, retryable: false };
      const error = await refused(grantkit, client.exchangeCode(code), /** @type {any} */ (expected), "unknown client");
      match(error.message, /invalid_client.*accounts\.zoho\.com.*data cent/s, "message");
    },
  },
  {
    name: "an OAuthError is an Error with a name, a stack and its members",
    async run({ grantkit }) {
      const client = plainClient(grantkit, async () =>
        Response.json(
          { error: "invalid_grant", error_description: "expired", error_uri: "https://as.example/why" },
          { status: 400 },
        ),
      );
      const error = await refused(
        grantkit,
        client.refreshTokenGrant(STORED),
        {
          code: "reauthorization_required",
          name: "OAuthError",
          retryable: false,
          error: "invalid_grant",
          error_description: "expired",
          error_uri: "https://as.example/why",
          status: 400,
        },
        "members",
      );
      ok(error instanceof Error, "instanceof Error");
      match(String(error), /^OAuthError: ./, "String()");
      match(error.stack ?? "", /OAuthError/, "stack");
    },
  },
];
