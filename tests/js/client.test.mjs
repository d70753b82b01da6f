// What a client takes for a configuration and for options, and what it keeps to itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { OAuthClient, zoho } from "grantkit";
import { CONFIG, good, NOW, plain, refused, SECRET, settle, TOKENS } from "./support/plain.mjs";

/** @typedef {import("grantkit").ClientConfig} ClientConfig */

const SERVER = /** @type {Record<string, unknown>} */ (CONFIG.server);

/** The message of a configuration that is refused, by the constructor or by the first call. @param {unknown} config */
async function complaint(config) {
  const call = (async () =>
    new OAuthClient(/** @type {ClientConfig} */ (config)).authorizationRequest({ scope: "a" }))();
  const { message, ...members } = await refused(call, { code: "invalid_configuration", retryable: false });
  assert.deepEqual(members, { code: "invalid_configuration", retryable: false });
  return message;
}

/** @param {Record<string, unknown>} changes */
const with_ = (changes) => ({ ...CONFIG, ...changes });

test("a configuration of the wrong types is refused, and the message names the member", async () => {
  for (const config of [undefined, null, "text", 1]) assert.equal(await complaint(config), "config must be an object");
  for (const server of [undefined, null, "https://as.example", 1]) {
    assert.equal(await complaint(with_({ server })), "server must be an object");
  }
  for (const wrong of [1, true, {}, [], Symbol("x"), () => {}]) {
    for (const name of ["client_id", "redirect_uri", "token_endpoint_auth_method"]) {
      assert.equal(await complaint(with_({ [name]: wrong })), `${name} must be a string`);
    }
    for (const name of [
      "profile",
      "location",
      "issuer",
      "authorization_endpoint",
      "token_endpoint",
      "revocation_endpoint",
    ]) {
      assert.equal(await complaint(with_({ server: { ...SERVER, [name]: wrong } })), `server.${name} must be a string`);
    }
  }
  for (const wrong of [1, true, "fetch", {}, null]) {
    for (const name of ["fetch", "clock", "trace"]) {
      assert.equal(await complaint(with_({ [name]: wrong })), `${name} must be a function`);
    }
  }
  for (const timeoutMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "1000", null]) {
    const message = "timeoutMs must be a whole number of milliseconds from 1 to 2147483647";
    assert.equal(await complaint(with_({ timeoutMs })), message);
  }
  for (const wrong of [1, true]) {
    assert.equal(await complaint(with_({ client_secret: wrong })), "client_secret must be an object");
  }
  assert.equal(await complaint(with_({ client_secret: { us: 1 } })), "client_secret.us must be a string");
  assert.equal(await complaint(with_({ client_secret: { us: undefined } })), "client_secret.us must be a string");
  // As good as none, and a client without a secret is another client.
  const empty = "client_secret is empty: give one, or leave it away";
  assert.equal(await complaint(with_({ client_secret: {}, token_endpoint_auth_method: undefined })), empty);
  const server = { ...zoho(), accounts_server: { eu: 1 } };
  assert.equal(await complaint(with_({ server })), "accounts_server.eu must be a string");
});

test("what cannot be in a request is refused", async () => {
  const nul = "a value holds a NUL character: remove it";
  assert.equal(await complaint(with_({ client_id: "a\0b" })), nul);
  assert.equal(await complaint(with_({ client_secret: "a\0b" })), nul);
  assert.equal(await complaint(with_({ redirect_uri: "https://app.example/\0" })), nul);
  const client = plain(() => assert.fail("sent"));
  for (const call of [
    client.authorizationRequest({ scope: "a\0b" }),
    client.authorizationRequest({ scope: "a", return_to: "/\0" }),
    client.authorizationRequest({ scope: "a", parameters: { "x\0y": "1" } }),
    client.authorizationRequest({ scope: "a", parameters: { x: "1\0" } }),
    client.refreshTokenGrant({ ...TOKENS, refresh_token: "rt\0https://evil.example" }),
    client.refreshTokenGrant({ ...TOKENS, scope: "a\0b" }),
    client.exchangeCode("a\0b"),
    client.revoke({ ...TOKENS, refresh_token: "a\0b" }),
  ]) {
    await refused(call, { code: "invalid_configuration", message: nul });
  }
});

test("options of the wrong types are refused, and the message names them", async () => {
  const client = /** @type {any} */ (plain(() => assert.fail("sent")));
  for (const [call, message] of [
    [client.authorizationRequest(), "options must be an object"],
    [client.authorizationRequest({}), "scope must be a string or a list of strings"],
    [client.authorizationRequest({ scope: [1] }), "scope must be a string or a list of strings"],
    [client.authorizationRequest({ scope: "a", parameters: "x" }), "parameters must be an object"],
    [client.authorizationRequest({ scope: "a", parameters: { prompt: 1 } }), "parameters.prompt must be a string"],
    [client.authorizationRequest({ scope: "a", return_to: 1 }), "return_to must be a string"],
    [client.exchangeCode(), "code must be a string"],
    [client.exchangeCode("a", { location: 1 }), "location must be a string"],
    [client.refreshTokenGrant(), "tokens must be an object"],
    [client.refreshTokenGrant({ refresh_token: 1 }), "tokens.refresh_token must be a string"],
    [client.refreshTokenGrant({ refresh_token: "a", scope: [] }), "tokens.scope must be a string"],
    [client.refreshTokenGrant(TOKENS, { scope: 1 }), "scope must be a string or a list of strings"],
    [client.revoke("tokens"), "tokens must be an object"],
    [client.revoke({ refresh_token: 1 }), "refresh_token must be a string"],
    [client.revoke(TOKENS, { token: "id_token" }), "there is no refresh_token to revoke: pass the tokens as issued"],
    [client.revoke({ ...TOKENS, accounts_server: 1 }), "accounts_server must be a string"],
    [client.validateAuthorizationResponse(1), "the callback must be a URL, its text, or the Request that came to it"],
    [
      client.validateAuthorizationResponse(null),
      "the callback must be a URL, its text, or the Request that came to it",
    ],
  ]) {
    await refused(call, { code: "invalid_configuration", message });
  }
  for (const maxAge of [0, -1, 1.5, 86_401, Number.NaN, "soon", null, {}]) {
    const message = "maxAge must be a whole number of seconds from 1 to 86400";
    await refused(client.authorizationRequest({ scope: "a", maxAge }), { code: "invalid_configuration", message });
  }
});

test("an absent or broken Pending is callback_mismatch", async () => {
  const client = /** @type {any} */ (plain(() => assert.fail("sent")));
  const { pending } = await client.authorizationRequest({ scope: "a" });
  const url = `https://app.example/cb?code=a&state=${pending.state}`;
  const absent = [undefined, null, {}, [], Symbol("x")];
  const broken = ["state", "code_verifier", "issuer", "expires_at"].flatMap((name) => {
    return absent.map((value) => ({ ...pending, [name]: value }));
  });
  for (const kept of [...absent, "text", 1, ...broken]) {
    await refused(client.validateAuthorizationResponse(url, kept), { code: "callback_mismatch", retryable: false });
    await refused(client.authorizationCodeGrant(url, kept), { code: "callback_mismatch", retryable: false });
  }
  assert.deepEqual(await client.validateAuthorizationResponse(url, pending), { code: "a" });
});

test("a configuration is read once: what is changed afterwards changes nothing", async () => {
  const config = structuredClone({ ...CONFIG, clock: undefined });
  let sent = "";
  const client = new OAuthClient(
    Object.assign(/** @type {any} */ (config), {
      clock: CONFIG.clock,
      fetch: async (/** @type {string} */ url, /** @type {RequestInit} */ { body }) => {
        sent = `${url} ${body}`;
        return good();
      },
    }),
  );
  config.client_id = "other";
  config.client_secret = "other";
  /** @type {any} */ (config.server).token_endpoint = "https://evil.example/token";
  await client.refreshTokenGrant(TOKENS);
  const body = `grant_type=refresh_token&refresh_token=rt.stored.a20e&client_id=plain&client_secret=${SECRET}`;
  assert.equal(sent, `https://as.example/token ${body}`);
});

test("a client shows nothing of what it knows", async () => {
  const client = plain(() => good());
  const check = () => {
    const texts = [
      inspect(client, { depth: 20, showHidden: true, getters: true }),
      inspect({ client }, { depth: 20, customInspect: false, showProxy: true }),
      String(client),
      `${JSON.stringify(client)}`,
      JSON.stringify(Object.getOwnPropertyDescriptors(client)),
      JSON.stringify(Reflect.ownKeys(client)),
    ];
    for (const text of texts) for (const word of [SECRET, "as.example"]) assert.ok(!text.includes(word), text);
  };
  check();
  assert.equal(JSON.stringify(client), "{}");
  await client.refreshTokenGrant(TOKENS);
  check();
  assert.deepEqual(structuredClone(client), {});
});

test("two clients share nothing, even at once", async () => {
  /** @param {string} name */
  const named = (name) => {
    const server = { issuer: `https://${name}.example`, token_endpoint: `https://${name}.example/token` };
    /** @type {string[]} */
    const sent = [];
    const client = plain(
      async (url, { body }) => {
        sent.push(`${url} ${new URLSearchParams(`${body}`).get("client_secret")}`);
        await settle();
        return good({ access_token: `at.${name}` });
      },
      { server, client_secret: `secret-of-${name}` },
    );
    return { name, client, sent };
  };
  const clients = ["a", "b", "c"].map(named);
  const calls = clients.flatMap(({ name, client }) => {
    return Array.from({ length: 20 }, async () => {
      assert.equal((await client.refreshTokenGrant(TOKENS)).access_token, `at.${name}`);
    });
  });
  await Promise.all(calls);
  for (const { name, sent } of clients) {
    assert.equal(sent.length, 20);
    assert.deepEqual(new Set(sent), new Set([`https://${name}.example/token secret-of-${name}`]));
  }
});

test("a configuration that is refused leaves other clients as they are", async () => {
  const client = plain(() => good());
  const broken = plain(() => assert.fail("sent"), { client_id: "" });
  await Promise.all([
    refused(broken.refreshTokenGrant(TOKENS), { code: "invalid_configuration" }),
    client.refreshTokenGrant(TOKENS),
    refused(broken.refreshTokenGrant(TOKENS), { code: "invalid_configuration" }),
    client.refreshTokenGrant(TOKENS),
  ]);
});

test("a thousand authorization requests have a thousand states, and as many verifiers", async () => {
  const client = plain(() => assert.fail("sent"));
  const requests = await Promise.all(Array.from({ length: 1000 }, () => client.authorizationRequest({ scope: "a" })));
  const values = requests.flatMap(({ pending }) => [pending.state, pending.code_verifier]);
  assert.equal(new Set(values).size, 2000);
  assert.ok(values.every((value) => /^[\w-]{43}$/.test(value)));
  // Two values of 256 bits in a row never share their first 48 bits, unless they are no random bits.
  assert.equal(new Set(values.map((value) => value.slice(0, 8))).size, 2000);
});

/** The parameters of an authorization request's URL. @param {string} url */
const sent = (url) => Object.fromEntries(new URL(url).searchParams);

test("what authorization requests have in common is that of their own options", async () => {
  const client = plain(() => assert.fail("sent"));
  const other = plain(() => assert.fail("sent"), { client_id: "other" });
  const of = async (/** @type {any} */ options, who = client) => {
    const { url, pending } = await who.authorizationRequest(options);
    const { client_id, scope, prompt, x } = sent(url);
    assert.deepEqual([sent(url).state, pending.created_at], [pending.state, NOW]);
    return [client_id, scope, prompt, x, pending.expires_at - NOW, pending.return_to];
  };
  // Each twice, since the second may be remembered; in an order in which one could be taken for another.
  for (const _ of [1, 2]) {
    assert.deepEqual(await of({ scope: "a" }), ["plain", "a", undefined, undefined, 600, undefined]);
    assert.deepEqual(await of({ scope: "a" }, other), ["other", "a", undefined, undefined, 600, undefined]);
    assert.deepEqual(await of({ scope: "a", maxAge: 7 }), ["plain", "a", undefined, undefined, 7, undefined]);
    assert.deepEqual(await of({ scope: "7" }), ["plain", "7", undefined, undefined, 600, undefined]);
    assert.deepEqual(await of({ scope: "" }), ["plain", undefined, undefined, undefined, 600, undefined]);
    assert.deepEqual(await of({ scope: "a", parameters: { prompt: "x", x: "y" } }), [
      "plain",
      "a",
      "x",
      "y",
      600,
      undefined,
    ]);
    assert.deepEqual(await of({ scope: "a", parameters: { x: "x", prompt: "y" } }), [
      "plain",
      "a",
      "y",
      "x",
      600,
      undefined,
    ]);
    assert.deepEqual(await of({ scope: "a", return_to: "/b" }), ["plain", "a", undefined, undefined, 600, "/b"]);
    assert.deepEqual(await of({ scope: "a", return_to: "/c" }), ["plain", "a", undefined, undefined, 600, "/c"]);
  }
});

test("options that change between requests are read anew", async () => {
  const client = plain(() => assert.fail("sent"));
  const scope = ["a"];
  let prompt = "none";
  const parameters = {
    get prompt() {
      return prompt;
    },
  };
  const options = { scope, parameters };
  const now = async () => sent((await client.authorizationRequest(options)).url);
  const first = await now();
  assert.deepEqual([first.scope, first.prompt], ["a", "none"]);
  scope.push("b");
  prompt = "consent";
  const second = await now();
  assert.deepEqual([second.scope, second.prompt], ["a b", "consent"]);
  options.scope = ["c"];
  assert.equal((await now()).scope, "c");
});

test("a NUL does not make options those of an earlier request", async () => {
  const client = plain(() => assert.fail("sent"));
  await client.authorizationRequest({ scope: "a", parameters: { x: "y", z: "w" } });
  for (const options of [
    { scope: "a\0\0x\0y\0z\0w" },
    { scope: "a", parameters: { x: "y\0z\0w" } },
    { scope: "a\0\0x\0y", parameters: { z: "w" } },
  ]) {
    const message = "a value holds a NUL character: remove it";
    await refused(client.authorizationRequest(options), { code: "invalid_configuration", message });
  }
});

test("many options are not remembered for ever, and still right", async () => {
  const client = plain(() => assert.fail("sent"));
  for (let count = 0; count < 200; count += 1) {
    const parameters = { login_hint: `user-${count % 70}` };
    const { url } = await client.authorizationRequest({ scope: "a", parameters });
    assert.equal(sent(url).login_hint, parameters.login_hint);
  }
});

test("without randomness there is no authorization request, and with it there is again", async (t) => {
  const client = plain(() => assert.fail("sent"));
  const many = () => Promise.allSettled(Array.from({ length: 100 }, () => client.authorizationRequest({ scope: "a" })));
  for (const draw of [(/** @type {Uint8Array} */ pool) => pool, () => assert.fail("not at start-up")]) {
    const drawn = t.mock.method(crypto, "getRandomValues", draw);
    const failed = (await many()).filter(({ status }) => status === "rejected");
    assert.ok(failed.length > 100 - 64, "those that were drawn before are good");
    for (const call of failed) {
      await refused(Promise.reject(/** @type {PromiseRejectedResult} */ (call).reason), {
        code: "invalid_configuration",
        message: "there is no randomness: draw it with crypto.getRandomValues inside a request",
      });
    }
    drawn.mock.restore();
    const again = await many();
    assert.equal(again.at(-1)?.status, "fulfilled");
  }
});
