// Login attempts as commit 179b6fa stored them: Pending as JSON, and the cookies of grantkit/web, which later had other names
// (cookies-slots.json). Also sealed values, and
// descriptors of servers.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { OAuthClient, sealer } from "grantkit";
import { webFlow } from "grantkit/web";
import { NOW } from "./support/fixed.mjs";
import { fixture } from "./support/fixtures.mjs";
import { KEY, PURPOSE, SECOND_KEY, THIRD_KEY, WEB } from "./support/settings.mjs";
import { SCOPE, token, zohoServer } from "./support/zoho.mjs";

/** @typedef {import("./support/zoho.mjs").Scripted} Scripted */

const PLAIN = {
  server: {
    issuer: "https://as.example",
    authorization_endpoint: "https://as.example/authorize",
    token_endpoint: "https://as.example/token",
  },
  client_id: "plain",
};

/** @param {string} redirect_uri @param {{ isPlain?: boolean, seconds?: number }} [options] */
function clientOf(redirect_uri, { isPlain = false, seconds = 60 } = {}) {
  const server = zohoServer();
  const client = new OAuthClient({
    ...(isPlain ? PLAIN : { server: { profile: "zoho", location: "us" }, ...WEB }),
    redirect_uri,
    fetch: server.fetch,
    clock: () => (NOW + seconds) * 1000,
  });
  return { client, server };
}

/** @type {{ url: string, callback: string, pending: import("grantkit").Pending }[]} */
const ATTEMPTS = fixture("pending.json");

for (const { url, callback, pending } of ATTEMPTS) {
  const isPlain = url.startsWith("https://as.example/");
  const { origin } = new URL(callback);
  const what = `${isPlain ? "rfc" : "zoho"} at ${origin}`;

  test(`Pending, ${what}: the callback is taken, and the code exchanged with the verifier`, async () => {
    const { client, server } = clientOf(pending.redirect_uri, { isPlain });
    const code = isPlain ? "plain-code" : "1000.code";
    const accounts_server = isPlain ? undefined : "https://accounts.zoho.eu";
    const checked = await client.validateAuthorizationResponse(callback, pending);
    assert.deepEqual([checked.code, checked.accounts_server], [code, accounts_server]);

    const tokens = await client.authorizationCodeGrant(callback, pending);
    assert.equal(tokens.access_token, token("access 1"));
    const [sent] = server.sent;
    const endpoint = isPlain ? "https://as.example/token" : "https://accounts.zoho.eu/oauth/v2/token";
    assert.deepEqual(
      [sent?.url, sent?.form.code, sent?.form.redirect_uri, sent?.form.code_verifier],
      [endpoint, code, pending.redirect_uri, pending.code_verifier],
    );
    const challenge = createHash("sha256").update(pending.code_verifier).digest("base64url");
    assert.equal(new URL(url).searchParams.get("code_challenge"), challenge);
  });

  test(`Pending, ${what}: offline access that was asked for has to come`, async () => {
    const { client, server } = clientOf(pending.redirect_uri, { isPlain });
    server.next.push(() => Response.json({ access_token: "a", token_type: "Bearer", expires_in: 3600 }));
    const exchanged = client.authorizationCodeGrant(callback, pending);
    if (isPlain) assert.equal((await exchanged).access_token, "a");
    else await assert.rejects(exchanged, { code: "refresh_token_missing" });
  });

  test(`Pending, ${what}: it expires when it was to`, async () => {
    const { client, server } = clientOf(pending.redirect_uri, { isPlain, seconds: 600 });
    await assert.rejects(client.authorizationCodeGrant(callback, pending), { code: "callback_mismatch" });
    assert.equal(server.sent.length, 0);
  });
}

/** @type {{ set_cookie: string[], callback: string }[]} */
const COOKIES = [...fixture("cookies.json"), ...fixture("cookies-slots.json")];

for (const { set_cookie, callback } of COOKIES) {
  const redirect_uri = callback.split("?")[0] ?? "";
  const [cookie = ""] = set_cookie.map((line) => line.split(";")[0]);
  const name = cookie.split("=")[0];

  /** @param {number} seconds */
  const arrive = (seconds) => {
    const { client, server } = clientOf(redirect_uri, { seconds });
    const sealing = sealer([SECOND_KEY, KEY], { clock: () => (NOW + seconds) * 1000 });
    const flow = webFlow(client, { sealer: sealing, scope: SCOPE });
    return { server, ended: flow.callback(new Request(callback, { headers: { cookie } })) };
  };

  test(`the cookie ${name} opens the attempt, and is cleared`, async () => {
    assert.equal(set_cookie.length, 1);
    const { ended } = arrive(599);
    const { tokens, return_to, headers } = await ended;
    assert.deepEqual([tokens.access_token, tokens.refresh_token], [token("access 1"), token("refresh")]);
    assert.equal(return_to, "/settings");
    const [cleared, ...more] = headers.getSetCookie();
    assert.ok(cleared?.startsWith(`${name}=; Max-Age=0;`), cleared);
    assert.deepEqual(more, []);
  });

  test(`the cookie ${name} expires when it was to`, async () => {
    const { ended, server } = arrive(600);
    await assert.rejects(ended, { code: "callback_mismatch" });
    assert.equal(server.sent.length, 0);
  });
}

/** @type {{ key: string, value: unknown, sealed: string }[]} */
const SEALED = fixture("sealed.json");

test("what was sealed is unsealed with its key, wherever that stands", async () => {
  assert.deepEqual(
    SEALED.map(({ key }) => key),
    [KEY, SECOND_KEY, THIRD_KEY],
  );
  const clock = () => (NOW + 599) * 1000;
  const every = sealer([THIRD_KEY, SECOND_KEY, KEY], { clock });
  for (const { key, value, sealed } of SEALED) {
    assert.deepEqual(value, { text: "Grüße", list: [1, null, true] });
    for (const one of [sealer(key, { clock }), every]) {
      assert.deepEqual(await one.unseal(sealed, { purpose: PURPOSE }), value);
      await assert.rejects(one.unseal(sealed, { purpose: "another" }), { code: "store" });
    }
  }
});

test("of what was sealed, only what had a maxAge expires", async () => {
  for (const { key, value, sealed } of SEALED) {
    const opened = sealer(key, { clock: () => (NOW + 600) * 1000 }).unseal(sealed, { purpose: PURPOSE });
    if (key === THIRD_KEY) await assert.rejects(opened, { code: "store" });
    else assert.deepEqual(await opened, value);
  }
});

test("stored descriptors lead to the same endpoints", async () => {
  /** @type {{ server: import("grantkit").AuthorizationServer, authorization_endpoint: string, token_endpoint: string }[]} */
  const descriptors = fixture("descriptors.json");
  assert.equal(descriptors.length, 14);
  for (const { server, authorization_endpoint, token_endpoint } of descriptors) {
    const what = JSON.stringify(server);
    const zohos = zohoServer();
    const client = new OAuthClient({
      server,
      ...WEB,
      redirect_uri: "https://app.example/callback",
      fetch: zohos.fetch,
    });
    const { url } = await client.authorizationRequest({ scope: "read" });
    assert.equal(url.split("?")[0], authorization_endpoint, what);
    const earlier = { access_token: token("a"), token_type: "Bearer", refresh_token: token("r") };
    const { origin } = new URL(authorization_endpoint);
    await client.refreshTokenGrant(server.profile === "zoho" ? { ...earlier, accounts_server: origin } : earlier);
    assert.equal(zohos.sent[0]?.url, token_endpoint, what);
  }
});
