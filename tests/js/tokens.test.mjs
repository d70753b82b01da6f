// TokenSet: consoles do not show its tokens, and a refresh keeps its members.

import assert from "node:assert/strict";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { test } from "node:test";
import { inspect } from "node:util";
import { NOW, plainClient, TOKENS, tokenResponse } from "./support/plain.mjs";

const ISSUED = {
  access_token: "at.new.55d0",
  token_type: "Bearer",
  refresh_token: "rt.new.81be",
  id_token: "e.y.j.c0de",
  scope: "read write",
  device_secret: "ds.new.7f10",
  nested: { token: "nested.3ab9" },
  list: ["list.66e2"],
  iat: 1_799_999_999,
  trusted: true,
  nothing: null,
};
const SECRETS = ["at.new.55d0", "rt.new.81be", "e.y.j.c0de", "ds.new.7f10", "nested.3ab9", "list.66e2"];
const { nothing, ...MEMBERS } = ISSUED;
const WHOLE = { ...MEMBERS, nothing: null, expires_at: NOW + 3600 };

/** @returns {Promise<any>} */
const issued = () => plainClient(() => tokenResponse({ ...ISSUED, expires_in: 3600 })).refreshTokenGrant(TOKENS);

/** @param {string} text */
function assertNoSecret(text) {
  for (const secret of SECRETS) assert.ok(!text.includes(secret), `${secret} in ${text}`);
}

test("a copy of any kind is a plain object with all members", async () => {
  const tokens = await issued();
  for (const [method, copy] of Object.entries({
    "JSON.parse": JSON.parse(JSON.stringify(tokens)),
    structuredClone: structuredClone(tokens),
    spread: { ...tokens },
    "Object.assign": Object.assign({}, tokens),
    "Object.fromEntries": Object.fromEntries(Object.entries(tokens)),
  })) {
    for (const [name, value] of Object.entries(WHOLE)) assert.deepEqual(copy[name], value, `${method}: ${name}`);
    assert.deepEqual(Object.keys(copy).sort(), Object.keys(WHOLE).sort(), method);
  }
});

test("members can be read, assigned and deleted", async () => {
  const tokens = await issued();
  assert.equal(tokens.access_token, "at.new.55d0");
  assert.deepEqual(tokens.nested, { token: "nested.3ab9" });
  tokens.access_token = "at.new.55d0.changed";
  tokens.expires_at = 7;
  Object.assign(tokens, { refresh_token: "rt.new.81be.changed" });
  assert.deepEqual(
    [tokens.access_token, tokens.expires_at, tokens.refresh_token],
    ["at.new.55d0.changed", 7, "rt.new.81be.changed"],
  );
  assertNoSecret(inspect(tokens));
  assert.equal("id_token" in tokens, true);
  delete tokens.id_token;
  assert.equal("id_token" in tokens, false);
  assert.equal(Object.hasOwn(tokens, "constructor"), false);
});

test("a Proxy and a derived object read the tokens", async () => {
  const tokens = await issued();
  for (const seen of [new Proxy(tokens, {}), Object.create(tokens)]) {
    assert.deepEqual([seen.access_token, seen.device_secret, seen.scope], ["at.new.55d0", "ds.new.7f10", "read write"]);
  }
  const other = await issued();
  other.access_token = "at.of.other";
  assert.equal(tokens.access_token, "at.new.55d0");
});

test("no console and no string conversion shows a token", async () => {
  const tokens = await issued();
  let written = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += chunk;
      done();
    },
  });
  for (const colorMode of [true, false]) {
    const console = new Console({ stdout: stream, colorMode });
    console.log(tokens);
    console.log("%s %o %O", tokens, tokens, tokens);
    console.dir(tokens, { depth: 9, showHidden: true });
    console.dir({ deep: [{ tokens }] }, { depth: 9 });
    console.table([tokens], ["token_type", "scope"]);
    console.error(new Error("with tokens", { cause: tokens }));
  }
  assertNoSecret(written);
  assert.ok(written.includes("read write"), "other members are shown");
  for (const options of [
    {},
    { depth: 0 },
    { depth: 9 },
    { showHidden: true },
    { colors: true },
    { compact: false },
    { customInspect: false },
    { customInspect: false, showHidden: true, depth: 9 },
    { sorted: true, breakLength: 9 },
  ]) {
    assertNoSecret(inspect(tokens, options));
    assertNoSecret(inspect([tokens, new Map([["tokens", tokens]])], options));
  }
  for (const text of [String(tokens), `${tokens}`, `${[tokens]}`, Object.prototype.toString.call(tokens)]) {
    assertNoSecret(text);
  }
  assert.equal(Object.prototype.toString.call(tokens), "[object TokenSet]");
});

test("the printed form names all members and redacts the tokens", async () => {
  const tokens = await plainClient(() =>
    tokenResponse({ refresh_token: "rt.new.81be", scope: "read" }),
  ).refreshTokenGrant(TOKENS);
  const shown = { access_token: "[redacted]", token_type: "Bearer", refresh_token: "[redacted]", scope: "read" };
  assert.equal(inspect(tokens), `TokenSet ${inspect(shown)}`);
  assert.equal(String(tokens), `TokenSet ${JSON.stringify(shown)}`);
  assert.equal(inspect(tokens, { colors: true }), `TokenSet ${inspect(shown, { colors: true })}`);
});

test("a refresh keeps the members that the token response omits, and replaces the others", async () => {
  const eu = { accounts_server: "https://accounts.zoho.eu", api_domain: "https://sandbox.zohoapis.eu" };
  const earlier = { ...TOKENS, ...eu, scope: "ZohoCRM.modules.ALL", id_token: "old", note: "the caller's" };
  /** @param {Record<string, unknown>} members @param {any} [options] */
  const refreshed = async (members, options) => {
    const client = plainClient(() => tokenResponse(members), { server: { profile: "zoho" } });
    return JSON.parse(JSON.stringify(await client.refreshTokenGrant(earlier, options)));
  };
  const kept = { access_token: "at.new.55d0", token_type: "Bearer", refresh_token: "rt.stored.a20e", ...eu };
  assert.deepEqual(await refreshed({}), { ...kept, scope: "ZohoCRM.modules.ALL" });
  assert.deepEqual(await refreshed({ refresh_token: "", scope: "", api_domain: null }), {
    ...kept,
    scope: earlier.scope,
  });
  assert.deepEqual(
    await refreshed({
      refresh_token: "rt.rotated",
      scope: "A,B",
      api_domain: "https://www.zohoapis.eu",
      expires_in: 60,
    }),
    { ...kept, refresh_token: "rt.rotated", scope: "A B", api_domain: "https://www.zohoapis.eu", expires_at: NOW + 60 },
  );
  assert.deepEqual(await refreshed({}, { scope: ["ZohoCRM.modules.READ", "ZohoCRM.org.READ"] }), {
    ...kept,
    scope: "ZohoCRM.modules.READ ZohoCRM.org.READ",
  });
});

test("tokens from a store can be refreshed", async () => {
  const tokens = await issued();
  let sent = "";
  const client = plainClient((_url, { body }) => {
    sent = `${body}`;
    return tokenResponse();
  });
  for (const stored of [
    tokens,
    JSON.parse(JSON.stringify(tokens)),
    structuredClone(tokens),
    Object.freeze({ ...tokens }),
  ]) {
    const again = await client.refreshTokenGrant(stored);
    assert.ok(sent.startsWith("grant_type=refresh_token&refresh_token=rt.new.81be&"), sent);
    assert.equal(again.refresh_token, "rt.new.81be");
  }
});
