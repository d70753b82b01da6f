// Revocation: which requests are sent, in which order, and which responses end the sequence.

import assert from "node:assert/strict";
import { test } from "node:test";
import { plainClient, rejects, TOKENS } from "./support/plain.mjs";

/** @typedef {{ status?: number, body?: unknown, retryAfter?: string } | "reset"} Reply */

const SECRETS = { us: "secret-of-us-5f1c", eu: "secret-of-eu-9b2d" };
const ZOHO = { ...TOKENS, accounts_server: "https://accounts.zoho.eu" };
const AT = { us: "https://accounts.zoho.com", eu: "https://accounts.zoho.eu" };
const NEW = "/oauth/v2/revoke/token";
const OLD = "/oauth/v2/token/revoke";

const SUCCESS = { body: { status: "success" } };
const UNKNOWN = { status: 400, body: { error: "invalid_token" } };
const THROTTLE = { status: 400, body: { error: "Access Denied", error_description: "Wait.", status: "failure" } };
const CLIENT = { body: { error: "invalid_client" } };
const HTML_404 = { status: 404, body: "<html></html>" };

/**
 * A revocation at a server with these responses, and the URLs of its requests.
 *
 * @param {Reply[]} replies
 * @param {{ server?: any, tokens?: any, options?: any }} [settings]
 */
async function revoke(replies, { server = { profile: "zoho" }, tokens = ZOHO, options } = {}) {
  /** @type {string[]} */
  const urls = [];
  const secret = server.profile === "zoho" ? SECRETS : "secret-of-us-5f1c";
  const client = plainClient(
    (url) => {
      urls.push(url);
      const reply = replies[urls.length - 1] ?? assert.fail(`request ${urls.length} to ${url}`);
      if (reply === "reset") throw new TypeError("fetch failed");
      const { status = 200, body = "", retryAfter } = reply;
      const headers = { ...(retryAfter && { "retry-after": retryAfter }) };
      return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
    },
    { server, client_secret: secret },
  );
  const outcome = await client.revoke(tokens, options).catch((error) => error);
  const { code, retryable, retryAfter, error } = outcome ?? {};
  return { urls, outcome: outcome && { code, retryable, retryAfter, error } };
}

/** @param {string} code @param {Record<string, unknown>} [members] */
const failed = (code, members) => ({ code, retryable: false, retryAfter: undefined, error: undefined, ...members });

const EU_NEW = AT.eu + NEW;
const EU_OLD = AT.eu + OLD;
const US_NEW = AT.us + NEW;
const US_OLD = AT.us + OLD;
const ALL = [EU_NEW, EU_OLD, US_NEW, US_OLD];

/** @type {[string, Reply[], string[], unknown][]} */
const SEQUENCES = [
  ["the new endpoint confirms", [SUCCESS], [EU_NEW], undefined],
  ["the new endpoint does not know the token, the old one does", [UNKNOWN, SUCCESS], [EU_NEW, EU_OLD], undefined],
  ["there is no new endpoint", [HTML_404, SUCCESS], [EU_NEW, EU_OLD], undefined],
  ["the new endpoint rejects the client, the old one needs no client", [CLIENT, SUCCESS], [EU_NEW, EU_OLD], undefined],
  ["only the home data centre knows it", [UNKNOWN, UNKNOWN, SUCCESS], [EU_NEW, EU_OLD, US_NEW], undefined],
  ["only the home data centre's old endpoint knows it", [UNKNOWN, UNKNOWN, CLIENT, SUCCESS], ALL, undefined],
  ["no endpoint knows it, so it counts as revoked", [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN], ALL, undefined],
  [
    "some endpoints reject the client, and the last does not know the token",
    [CLIENT, CLIENT, CLIENT, UNKNOWN],
    ALL,
    undefined,
  ],
  [
    "every endpoint rejects: the last error is returned",
    [CLIENT, UNKNOWN, UNKNOWN, { body: { error: "invalid_client_secret" } }],
    ALL,
    failed("client_rejected", { error: "invalid_client_secret" }),
  ],
  [
    "a throttle ends the sequence",
    [UNKNOWN, THROTTLE],
    [EU_NEW, EU_OLD],
    failed("throttled", { retryable: true, retryAfter: 600, error: "Access Denied" }),
  ],
  [
    "a 5xx ends the sequence, since the token may be revoked",
    [{ status: 503, body: "", retryAfter: "5" }],
    [EU_NEW],
    failed("unexpected_response", { retryable: true, retryAfter: 5 }),
  ],
  [
    "an HTML page ends the sequence",
    [{ body: "<html></html>" }],
    [EU_NEW],
    failed("unexpected_response", { retryable: true }),
  ],
  [
    "a truncated response ends the sequence",
    [{ body: '{"sta' }],
    [EU_NEW],
    failed("malformed_response", { retryable: true }),
  ],
  [
    "a connection reset ends the sequence",
    [UNKNOWN, "reset"],
    [EU_NEW, EU_OLD],
    failed("network", { retryable: true }),
  ],
  ["a redirect is followed by the next endpoint", [{ status: 302 }, SUCCESS], [EU_NEW, EU_OLD], undefined],
];

for (const [name, replies, urls, outcome] of SEQUENCES) {
  test(`Zoho: ${name}`, async () => {
    assert.deepEqual(await revoke(replies), { urls, outcome });
  });
}

test("Zoho: tokens of the home data centre are revoked only there", async () => {
  const tokens = { ...ZOHO, accounts_server: AT.us };
  assert.deepEqual(await revoke([UNKNOWN, UNKNOWN], { tokens }), { urls: [US_NEW, US_OLD], outcome: undefined });
});

test("Zoho: a data centre without a secret is invalid_configuration, and nothing is sent", async () => {
  const tokens = { ...ZOHO, accounts_server: "https://accounts.zoho.jp" };
  assert.deepEqual(await revoke([], { tokens }), { urls: [], outcome: failed("invalid_configuration") });
});

const PLAIN = { issuer: "https://as.example", revocation_endpoint: "https://as.example/revoke" };

/** @type {[string, Reply, unknown][]} */
const RESPONSES = [
  ["200 confirms", {}, undefined],
  ["an unknown token is no error (RFC 7009 2.2)", { status: 400, body: { error: "invalid_grant" } }, undefined],
  [
    "a rejected client is an error",
    { status: 401, body: { error: "invalid_client" } },
    failed("client_rejected", { error: "invalid_client" }),
  ],
  [
    "503 is retryable",
    { status: 503, retryAfter: "7" },
    failed("unexpected_response", { retryable: true, retryAfter: 7 }),
  ],
];

for (const [name, reply, outcome] of RESPONSES) {
  test(`a plain server has one endpoint: ${name}`, async () => {
    const seen = await revoke([reply], { server: PLAIN, tokens: TOKENS });
    assert.deepEqual(seen, { urls: ["https://as.example/revoke"], outcome });
  });
}

test("the refresh token is revoked if there is one, else the access token, unless the caller chooses", async () => {
  const { refresh_token: _, ...access } = TOKENS;
  for (const [tokens, options, body] of /** @type {const} */ ([
    [TOKENS, undefined, "token=rt.stored.a20e&token_type_hint=refresh_token"],
    [TOKENS, { token: "access_token" }, "token=at.stored.6c1f&token_type_hint=access_token"],
    [TOKENS, { token: "refresh_token" }, "token=rt.stored.a20e&token_type_hint=refresh_token"],
    [access, undefined, "token=at.stored.6c1f&token_type_hint=access_token"],
  ])) {
    let sent = "";
    const client = plainClient((_url, init) => {
      sent = `${init.body}`;
      return new Response();
    });
    assert.equal(await client.revoke(tokens, options), undefined);
    assert.equal(sent, `${body}&client_id=plain&client_secret=plain-secret-31c8`);
  }
});

test("an abort between two requests ends the sequence", async () => {
  const controller = new AbortController();
  let sent = 0;
  const client = plainClient(
    () => {
      sent += 1;
      queueMicrotask(() => controller.abort("enough"));
      return new Promise((resolve) => setImmediate(() => resolve(Response.json({}, { status: 400 }))));
    },
    { server: { profile: "zoho" } },
  );
  const error = await rejects(client.revoke(TOKENS, { signal: controller.signal }), { code: "aborted" });
  assert.deepEqual([error.cause, sent], ["enough", 1]);
});
