import { equal, match, ok, rejects } from "./assert.mjs";
import { CLIENT, plainClient, remember, SCOPE, STORED, setUp } from "./setup.mjs";

/** @typedef {Record<string, unknown> & { code: import("grantkit").OAuthErrorCode }} Expected */

const HTML = "<!doctype html><title>Roadblock</title>";

/**
 * The failures of the fake, and the error that the client rejects with.
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
 * Zoho's token responses that deviate from RFC 6749 and are valid.
 *
 * @type {import("grantkit/testing").FakeFailure[]}
 */
const DEVIATIONS = [
  "expires_in_ms",
  "expires_in_string",
  "no_token_type",
  "no_refresh_token",
  "no_api_domain",
  "no_scope",
];

/**
 * Responses of a plain server, and the error that each becomes (RFC 6749 5.1 and 5.2).
 *
 * @type {[string, () => Response, Expected][]}
 */
const RESPONSES = [
  ["not JSON", () => new Response("access_token=a", { status: 200 }), { code: "malformed_response", status: 200 }],
  ["an HTML page with 200", () => new Response(HTML), { code: "unexpected_response", status: 200 }],
  ["an empty body", () => new Response(null, { status: 200 }), { code: "malformed_response", status: 200 }],
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
  [
    "another token_type",
    () => Response.json({ access_token: "a", token_type: "DPoP" }),
    { code: "malformed_response" },
  ],
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

/** A body without an end. @param {() => void} pulled called for each chunk that is read */
const endless = (pulled) =>
  new ReadableStream({
    pull(controller) {
      pulled();
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });

/** Failures whose response has tokens, which must not be lost. */
const WITH_TOKENS = ["error_and_token"];

/** @type {import("./setup.mjs").Test[]} */
export const failures = [
  {
    name: "each failure of the token endpoint has its error code, and the grant stays valid",
    async run(environment) {
      const { grantkit } = environment;
      for (const [failure, expected] of FAILURES) {
        const { client, fake, signIn } = await setUp(environment, {
          timeoutMs: ["slow", "stall"].includes(failure) ? 30 : 10_000,
        });
        const tokens = await signIn();
        fake.fail("token", failure);
        const error = await rejects(grantkit, client.refreshTokenGrant(tokens), expected, failure);
        equal(!!error.tokens, WITH_TOKENS.includes(failure), `${failure}: tokens in the error`);
        if (error.tokens?.access_token) remember(environment.secrets, error.tokens.access_token);
        const renewed = await client.refreshTokenGrant(tokens);
        remember(environment.secrets, renewed.access_token);
        equal(renewed.refresh_token, tokens.refresh_token, `${failure}: the grant is still valid`);
      }
    },
  },
  {
    name: "a token response that deviates from RFC 6749 as Zoho's do gives the same tokens",
    async run(environment) {
      for (const failure of DEVIATIONS) {
        const { client, fake, signIn } = await setUp(environment);
        const tokens = await signIn();
        fake.fail("token", failure);
        const renewed = await client.refreshTokenGrant(tokens);
        remember(environment.secrets, renewed.access_token);
        ok(renewed.access_token !== tokens.access_token, `${failure}: another access token`);
        equal({ ...renewed, access_token: "" }, { ...tokens, access_token: "" }, failure);
      }
    },
  },
  {
    name: "the eleventh token request in ten minutes is throttled, and succeeds after retryAfter",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, signIn } = await setUp(environment);
      const tokens = await signIn();
      for (let n = 0; n < 10; n += 1)
        remember(environment.secrets, (await client.refreshTokenGrant(tokens)).access_token);
      const error = await rejects(
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
    name: "each invalid response of a plain server has its error code",
    async run({ grantkit }) {
      for (const [label, respond, expected] of RESPONSES) {
        const client = plainClient(grantkit, async () => respond());
        await rejects(grantkit, client.refreshTokenGrant(STORED), expected, label);
      }
    },
  },
  {
    name: "a body without an end is cut off",
    async run({ grantkit }) {
      let chunks = 0;
      const client = plainClient(grantkit, async () => new Response(endless(() => (chunks += 1))));
      const refresh = client.refreshTokenGrant(STORED);
      await rejects(grantkit, refresh, { code: "malformed_response" }, "an endless body");
      ok(chunks <= 16, `${chunks} chunks of 64 KiB were read; 256 KiB is the limit`);
    },
  },
  {
    name: "a fetch that rejects or throws becomes a network error with the reason as its cause",
    async run({ grantkit }) {
      const reason = new TypeError("fetch failed");
      for (const fetch of [
        () => Promise.reject(reason),
        () => {
          throw reason;
        },
      ]) {
        const refresh = plainClient(grantkit, fetch).refreshTokenGrant(STORED);
        const error = await rejects(grantkit, refresh, { code: "network", retryable: true }, "rejection");
        ok(error.cause === reason, "the cause is the reason itself");
      }
      const odd = plainClient(grantkit, () => Promise.reject("just text")).refreshTokenGrant(STORED);
      await rejects(grantkit, odd, { code: "network", cause: "just text" }, "a reason that is no Error");
    },
  },
  {
    name: "a stalled fetch or body becomes a timeout error, even when it ignores its signal",
    async run({ grantkit }) {
      const stalls = [
        () => new Promise(() => {}),
        async () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })),
      ];
      for (const stall of stalls) {
        const client = plainClient(grantkit, /** @type {any} */ (stall), { timeoutMs: 30 });
        await rejects(grantkit, client.refreshTokenGrant(STORED), { code: "timeout", retryable: true }, "a stall");
        await rejects(grantkit, client.revoke(STORED), { code: "timeout", retryable: true }, "a stalled revocation");
      }
    },
  },
  {
    name: "a failed revocation rejects, and the grant stays valid",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, signIn } = await setUp(environment);
      const tokens = await signIn();
      fake.fail("revoke", "http_500_html", 10);
      const expected = { code: "unexpected_response", status: 500, retryable: true };
      await rejects(grantkit, client.revoke(tokens), /** @type {any} */ (expected), "500");
      remember(environment.secrets, (await client.refreshTokenGrant(tokens)).access_token);
    },
  },
  {
    name: "an unknown client is rejected with client_rejected, and the message names the next step",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake } = await setUp(environment, { client_id: "1000.UNKNOWN", client_secret: "unknown-2b7e" });
      environment.secrets.add("unknown-2b7e");
      const code = fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE });
      const expected = { code: "client_rejected", error: "invalid_client", status: 200, retryable: false };
      const error = await rejects(grantkit, client.exchangeCode(code), /** @type {any} */ (expected), "unknown client");
      match(error.message, /invalid_client.*accounts\.zoho\.com.*data cent/s, "message");
    },
  },
  {
    name: "an OAuthError is an Error with a name, a stack and the members of the error response",
    async run({ grantkit }) {
      const client = plainClient(grantkit, async () =>
        Response.json(
          { error: "invalid_grant", error_description: "expired", error_uri: "https://as.example/why" },
          { status: 400 },
        ),
      );
      const error = await rejects(
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
