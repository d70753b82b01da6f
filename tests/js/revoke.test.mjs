// Revocation: which forms are sent, in which order, and what ends them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, refused, TOKENS } from "./support/plain.mjs";

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
 * A revocation at a server that gives these answers, and the URLs that it was asked at.
 *
 * @param {Reply[]} replies
 * @param {{ server?: any, tokens?: any, options?: any }} [given]
 */
async function revoke(replies, { server = { profile: "zoho" }, tokens = ZOHO, options } = {}) {
  /** @type {string[]} */
  const urls = [];
  const secret = server.profile === "zoho" ? SECRETS : "secret-of-us-5f1c";
  const client = plain(
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
const EVERYWHERE = [EU_NEW, EU_OLD, US_NEW, US_OLD];

/** @type {[string, Reply[], string[], unknown][]} */
const SEQUENCES = [
  ["the new form confirms", [SUCCESS], [EU_NEW], undefined],
  ["the new form does not know the token, the old one does", [UNKNOWN, SUCCESS], [EU_NEW, EU_OLD], undefined],
  ["there is no new form", [HTML_404, SUCCESS], [EU_NEW, EU_OLD], undefined],
  ["the new form refuses the client, the old one asks for none", [CLIENT, SUCCESS], [EU_NEW, EU_OLD], undefined],
  ["only the home data centre knows it", [UNKNOWN, UNKNOWN, SUCCESS], [EU_NEW, EU_OLD, US_NEW], undefined],
  ["only the home's old form knows it", [UNKNOWN, UNKNOWN, CLIENT, SUCCESS], EVERYWHERE, undefined],
  ["nobody knows it: then it is as good as revoked", [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN], EVERYWHERE, undefined],
  ["a refusal, and then nobody knows it", [CLIENT, CLIENT, CLIENT, UNKNOWN], EVERYWHERE, undefined],
  [
    "every form is refused: the last says why",
    [CLIENT, UNKNOWN, UNKNOWN, { body: { error: "invalid_client_secret" } }],
    EVERYWHERE,
    failed("client_rejected", { error: "invalid_client_secret" }),
  ],
  [
    "a throttle stops it",
    [UNKNOWN, THROTTLE],
    [EU_NEW, EU_OLD],
    failed("throttled", { retryable: true, retryAfter: 600, error: "Access Denied" }),
  ],
  [
    "a 5xx stops it, since nobody knows what became of the token",
    [{ status: 503, body: "", retryAfter: "5" }],
    [EU_NEW],
    failed("unexpected_response", { retryable: true, retryAfter: 5 }),
  ],
  ["a roadblock stops it", [{ body: "<html></html>" }], [EU_NEW], failed("unexpected_response", { retryable: true })],
  ["an answer cut off stops it", [{ body: '{"sta' }], [EU_NEW], failed("malformed_response", { retryable: true })],
  ["a connection that breaks stops it", [UNKNOWN, "reset"], [EU_NEW, EU_OLD], failed("network", { retryable: true })],
  ["a redirect sends the next form", [{ status: 302 }, SUCCESS], [EU_NEW, EU_OLD], undefined],
];

for (const [name, replies, urls, outcome] of SEQUENCES) {
  test(`Zoho: ${name}`, async () => {
    assert.deepEqual(await revoke(replies), { urls, outcome });
  });
}

test("Zoho: tokens of the home data centre are asked for there alone", async () => {
  const tokens = { ...ZOHO, accounts_server: AT.us };
  assert.deepEqual(await revoke([UNKNOWN, UNKNOWN], { tokens }), { urls: [US_NEW, US_OLD], outcome: undefined });
});

test("Zoho: a data centre without secret is the caller's mistake, and nothing is sent", async () => {
  const tokens = { ...ZOHO, accounts_server: "https://accounts.zoho.jp" };
  assert.deepEqual(await revoke([], { tokens }), { urls: [], outcome: failed("invalid_configuration") });
});

const PLAIN = { issuer: "https://as.example", revocation_endpoint: "https://as.example/revoke" };

/** @type {[string, Reply, unknown][]} */
const ANSWERS = [
  ["200 confirms", {}, undefined],
  ["an unknown token is no error (RFC 7009 2.2)", { status: 400, body: { error: "invalid_grant" } }, undefined],
  [
    "a refusal is",
    { status: 401, body: { error: "invalid_client" } },
    failed("client_rejected", { error: "invalid_client" }),
  ],
  ["503 may pass", { status: 503, retryAfter: "7" }, failed("unexpected_response", { retryable: true, retryAfter: 7 })],
];

for (const [name, reply, outcome] of ANSWERS) {
  test(`a plain server has one form: ${name}`, async () => {
    const seen = await revoke([reply], { server: PLAIN, tokens: TOKENS });
    assert.deepEqual(seen, { urls: ["https://as.example/revoke"], outcome });
  });
}

test("what is revoked: the refresh token where there is one, else the access token, unless the caller says", async () => {
  const { refresh_token: _, ...access } = TOKENS;
  for (const [tokens, options, body] of /** @type {const} */ ([
    [TOKENS, undefined, "token=rt.stored.a20e&token_type_hint=refresh_token"],
    [TOKENS, { token: "access_token" }, "token=at.stored.6c1f&token_type_hint=access_token"],
    [TOKENS, { token: "refresh_token" }, "token=rt.stored.a20e&token_type_hint=refresh_token"],
    [access, undefined, "token=at.stored.6c1f&token_type_hint=access_token"],
  ])) {
    let sent = "";
    const client = plain((_url, init) => {
      sent = `${init.body}`;
      return new Response();
    });
    assert.equal(await client.revoke(tokens, options), undefined);
    assert.equal(sent, `${body}&client_id=plain&client_secret=plain-secret-31c8`);
  }
});

test("an abort between two forms ends it", async () => {
  const controller = new AbortController();
  let sent = 0;
  const client = plain(
    () => {
      sent += 1;
      queueMicrotask(() => controller.abort("enough"));
      return new Promise((resolve) => setImmediate(() => resolve(Response.json({}, { status: 400 }))));
    },
    { server: { profile: "zoho" } },
  );
  const error = await refused(client.revoke(TOKENS, { signal: controller.signal }), { code: "aborted" });
  assert.deepEqual([error.cause, sent], ["enough", 1]);
});
