// The vectors through the package's public API; tests/vectors/main.rs runs the same rows on the core.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { OAuthClient } from "grantkit";
import { clientOf, exchange, outcome } from "../vectors/facade.mjs";
import { callbackOf, filesOf, fixture, read, responseOf, rowsOf } from "../vectors/rows.mjs";

/** @typedef {import("../vectors/rows.mjs").Row} Row */

/**
 * Checks every row, so that a failure lists all failing rows.
 *
 * @param {string} path
 * @param {(row: Row) => Promise<void>} check
 */
function each(path, check) {
  test(path, async () => {
    const rows = rowsOf(path);
    /** @type {string[]} */
    const failed = [];
    for (const row of rows) await check(row).catch((error) => failed.push(`${row.name}: ${error.message}`));
    assert.ok(rows.length > 0);
    assert.equal(failed.length, 0, `${failed.length} of ${rows.length} rows fail:\n${failed.join("\n")}`);
  });
}

/** @param {Row} row @param {unknown} value the result of a row that expects no error */
const expected = (row, value) => (row.error ? { error: row.error } : { value });

for (const path of filesOf("token_responses")) {
  each(path, async (row) => {
    const { client, sent } = clientOf(fixture(row.client).config, () => responseOf(row));
    const seen = await outcome(() => exchange(client, row), row);
    assert.deepEqual(seen, expected(row, row.tokens));
    assert.equal(sent.length, 1);
  });
}

for (const path of filesOf("callbacks")) {
  each(path, async (row) => {
    const { client, sent } = clientOf(fixture(row.client).config, () => Response.json({}));
    const url = callbackOf(row);
    const pending = { ...fixture(row.client).pending, ...row.pending };
    for (const form of forms(url)) {
      const seen = await outcome(() => client.validateAuthorizationResponse(form, pending), row);
      assert.deepEqual(seen, expected(row, row.response), form.constructor.name);
    }
    if (row.error) {
      const seen = await outcome(() => client.authorizationCodeGrant(url, pending), row);
      assert.deepEqual(seen, { error: row.error });
    }
    assert.equal(sent.length, 0, "requests sent");
  });
}

/** A callback as each accepted type. @param {string} url */
function forms(url) {
  if (!URL.canParse(url) || new URL(url).href !== url) return [url];
  return [url, new URL(url), new Request(url)];
}

each("requests/token.json", async (row) => {
  const { client, sent } = clientOf(fixture(row.client).config, () => new Response(null, { status: 500 }));
  const { error } = await outcome(() => /** @type {Promise<unknown>} */ (exchange(client, row)), row);
  if (row.request) assert.deepEqual(sent, [row.request]);
  else assert.deepEqual({ error, sent }, { error: row.error, sent: [] });
});

each("requests/revocation.json", async (row) => {
  const unknown = { status: 400, body: '{"error":"invalid_grant"}' };
  const { client, sent } = clientOf(fixture(row.client).config, () => responseOf(unknown));
  const seen = await outcome(() => /** @type {Promise<unknown>} */ (exchange(client, row)), row);
  assert.deepEqual({ ...seen, sent }, { ...expected(row, undefined), sent: row.requests ?? [] });
});

each("revocation_responses.json", async (row) => {
  const second = { status: 503, body: "" };
  const responses = [row, second].map((response) => responseOf(response));
  const { client, sent } = clientOf(fixture(row.client).config, () => /** @type {Response} */ (responses.shift()));
  const seen = await outcome(() => client.revoke(fixture(row.client).tokens), row);
  // At Zoho, an unknown token or a rejected client is followed by the next endpoint, which fails here.
  const continues = row.client === "zoho" && row.outcome !== "revoked" && !row.error?.retryable;
  const failure = { code: "unexpected_response", retryable: true, status: 503 };
  assert.deepEqual(seen, continues ? { error: failure } : expected(row, undefined));
  assert.equal(sent.length, continues ? 2 : 1, "requests sent");
});

each("requests/authorization.json", async (row) => {
  const random = Buffer.from(read("requests/authorization.json").random_hex, "hex");
  const drawn = mock.method(crypto, "getRandomValues", (/** @type {Uint8Array} */ pool) => {
    for (let at = 0; at < pool.length; at += random.length) pool.set(random, at);
    return pool;
  });
  try {
    const { client } = clientOf(fixture(row.client).config, () => Response.json({}));
    const seen = await outcome(() => client.authorizationRequest(row.options), row);
    assert.deepEqual(seen, expected(row, { url: row.url, pending: row.pending }));
  } finally {
    drawn.mock.restore();
  }
});

each("configurations.json", async (row) => {
  const call = async () => new OAuthClient(row.config).authorizationRequest({ scope: "a" });
  assert.deepEqual(await outcome(call, row), { error: row.error });
});

test("a valid body truncated at any byte is malformed_response and retryable", async () => {
  for (const name of ["rfc", "zoho"]) {
    const { config, tokens } = fixture(name);
    const body = Buffer.from('{"access_token":"at.new","token_type":"Bearer","expires_in":3600,"é":["\\u00e9",{}]}');
    for (let end = 0; end <= body.length; end += 1) {
      const body_hex = body.subarray(0, end).toString("hex");
      const { client } = clientOf(config, () => responseOf({ status: 200, body_hex }));
      const { code, retryable } = await client.refreshTokenGrant(tokens).then(
        () => ({ code: "tokens", retryable: false }),
        (error) => error,
      );
      const expected = end < body.length ? ["malformed_response", true] : ["tokens", false];
      assert.deepEqual([code, retryable], expected, `${name}: ${end} bytes`);
    }
  }
});

test("matrix.json", async () => {
  const { bodies, profiles } = read("matrix.json");
  for (const [profile, statuses] of Object.entries(profiles)) {
    const { config, tokens } = fixture(profile);
    for (const [status, expected] of Object.entries(statuses)) {
      /** @type {Record<string, string>} */
      const seen = {};
      for (const [kind, body] of Object.entries(bodies)) {
        const { client } = clientOf(config, () => responseOf({ status: Number(status), body }));
        const { code, retryable, retryAfter } = await client.refreshTokenGrant(tokens).then(
          () => ({ code: "tokens", retryable: false, retryAfter: undefined }),
          (error) => error,
        );
        seen[kind] = [code, retryable && "retryable", retryAfter].filter((part) => part).join(", ");
      }
      assert.deepEqual(seen, expected, `${profile}, ${status}`);
    }
  }
});
