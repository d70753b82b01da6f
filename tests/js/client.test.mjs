// The configuration and the options of a client, and what it hides.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { OAuthClient, zoho, zohoRegions } from "grantkit";
import { CONFIG, flushTasks, NOW, plainClient, rejects, SECRET, TOKENS, tokenResponse } from "./support/plain.mjs";

/** @typedef {import("grantkit").ClientConfig} ClientConfig */

const SERVER = /** @type {Record<string, unknown>} */ (CONFIG.server);

/** The message with which the constructor or the first call rejects a configuration. @param {unknown} config */
async function rejectionOf(config) {
  const call = (async () =>
    new OAuthClient(/** @type {ClientConfig} */ (config)).authorizationRequest({ scope: "a" }))();
  const { message, ...members } = await rejects(call, { code: "invalid_configuration", retryable: false });
  assert.deepEqual(members, { code: "invalid_configuration", retryable: false });
  return message;
}

/** @param {Record<string, unknown>} changes */
const withChanges = (changes) => ({ ...CONFIG, ...changes });

test("a configuration with wrong types is rejected, and the message names the member", async () => {
  for (const config of [undefined, null, "text", 1])
    assert.equal(await rejectionOf(config), "config is not an object: pass an object");
  for (const server of [undefined, null, "https://as.example", 1]) {
    assert.equal(await rejectionOf(withChanges({ server })), "server is not an object: pass an object");
  }
  for (const wrong of [1, true, {}, [], Symbol("x"), () => {}]) {
    for (const name of ["client_id", "redirect_uri", "token_endpoint_auth_method"]) {
      assert.equal(await rejectionOf(withChanges({ [name]: wrong })), `${name} is not a string: pass a string`);
    }
    for (const name of ["location", "issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint"]) {
      assert.equal(
        await rejectionOf(withChanges({ server: { ...SERVER, [name]: wrong } })),
        `server.${name} is not a string: pass a string`,
      );
    }
  }
  const unknown =
    "server.profile is unknown: use one of rfc, rfc-raw-basic, zoho, github, glewlwyd, or a row of your own";
  for (const profile of [1, true, [], Symbol("x"), () => {}, "Zoho", "toString"]) {
    assert.equal(await rejectionOf(withChanges({ server: { ...SERVER, profile } })), unknown);
  }
  const row = { scope_seperator: "," };
  assert.match(
    await rejectionOf(withChanges({ server: { ...SERVER, profile: row } })),
    /^server\.profile cannot be used, since the row has no column scope_seperator: use one of id, issuer, /,
  );
  const budget = { requests: 10, windw: 600 };
  assert.equal(
    await rejectionOf(withChanges({ server: { ...SERVER, profile: /** @type {any} */ ({ budget }) } })),
    "server.profile cannot be used, since the column budget of the row has no member windw: use one of requests, window",
  );
  for (const wrong of [1, true, "fetch", {}, null]) {
    for (const name of ["fetch", "clock", "trace"]) {
      assert.equal(
        await rejectionOf(withChanges({ [name]: wrong })),
        `${name} is not a function: pass a function, or omit it`,
      );
    }
  }
  for (const timeoutMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "1000", null]) {
    const message =
      "timeoutMs is not a whole number of milliseconds from 1 to 2147483647: pass such a number, or omit it";
    assert.equal(await rejectionOf(withChanges({ timeoutMs })), message);
  }
  for (const wrong of [1, true]) {
    assert.equal(
      await rejectionOf(withChanges({ client_secret: wrong })),
      "client_secret is not an object: pass an object",
    );
  }
  assert.equal(
    await rejectionOf(withChanges({ client_secret: { us: 1 } })),
    "client_secret.us is not a string: pass a string",
  );
  assert.equal(
    await rejectionOf(withChanges({ client_secret: { us: undefined } })),
    "client_secret.us is not a string: pass a string",
  );
  // It would be a client without a secret, which is a public client.
  const empty = "client_secret is empty: give one, or omit it";
  assert.equal(await rejectionOf(withChanges({ client_secret: {}, token_endpoint_auth_method: undefined })), empty);
  const server = { ...zoho(), accounts_server: { eu: 1 } };
  assert.equal(await rejectionOf(withChanges({ server })), "accounts_server.eu is not a string: pass a string");
});

test("a NUL character is rejected", async () => {
  const nul = "a value has a NUL character: remove it";
  const control = "has a line break or another control character: copy it again without";
  assert.equal(await rejectionOf(withChanges({ client_id: "a\0b" })), `client_id ${control}`);
  assert.equal(await rejectionOf(withChanges({ client_secret: "a\0b" })), `client_secret ${control}`);
  assert.equal(await rejectionOf(withChanges({ redirect_uri: "https://app.example/\0" })), `redirect_uri ${control}`);
  const client = plainClient(() => assert.fail("a request was sent"));
  for (const call of [
    client.authorizationRequest({ scope: "a\0b" }),
    client.authorizationRequest({ scope: "a", parameters: { "x\0y": "1" } }),
    client.authorizationRequest({ scope: "a", parameters: { x: "1\0" } }),
    client.refreshTokenGrant({ ...TOKENS, refresh_token: "rt\0https://evil.example" }),
    client.refreshTokenGrant({ ...TOKENS, scope: "a\0b" }),
    client.exchangeCode("a\0b"),
    client.revoke({ ...TOKENS, refresh_token: "a\0b" }),
  ]) {
    await rejects(call, { code: "invalid_configuration", message: nul });
  }
});

test("options with wrong types are rejected, and the message names them", async () => {
  const client = /** @type {any} */ (plainClient(() => assert.fail("a request was sent")));
  for (const [call, message] of [
    [
      client.authorizationRequest(),
      "the options of authorizationRequest are not an object: pass an object, such as { scope }",
    ],
    [
      client.authorizationRequest({}),
      "scope is neither a string nor a list of strings: pass scopes separated by spaces, or a list",
    ],
    [
      client.authorizationRequest({ scope: [1] }),
      "scope is neither a string nor a list of strings: pass scopes separated by spaces, or a list",
    ],
    [client.authorizationRequest({ scope: "a", parameters: "x" }), "parameters is not an object: pass an object"],
    [
      client.authorizationRequest({ scope: "a", parameters: { prompt: 1 } }),
      "parameters.prompt is not a string: pass a string",
    ],
    [client.authorizationRequest({ scope: "a", return_to: 1 }), "return_to is not a string: pass a string"],
    [client.exchangeCode(), "code is not a string: pass a string"],
    [client.exchangeCode("a", { location: 1 }), "location is not a string: pass a string"],
    [client.refreshTokenGrant(), "tokens is not an object: pass an object"],
    [client.refreshTokenGrant({ refresh_token: 1 }), "tokens.refresh_token is not a string: pass a string"],
    [client.refreshTokenGrant({ refresh_token: "a", scope: [] }), "tokens.scope is not a string: pass a string"],
    [
      client.refreshTokenGrant(TOKENS, { scope: 1 }),
      "scope is neither a string nor a list of strings: pass scopes separated by spaces, or a list",
    ],
    [client.revoke("tokens"), "tokens is not an object: pass an object"],
    [client.revoke({ refresh_token: 1 }), "refresh_token is not a string: pass a string"],
    [client.revoke(TOKENS, { token: "id_token" }), "there is no refresh_token to revoke: pass the tokens as issued"],
    [client.revoke({ ...TOKENS, accounts_server: 1 }), "accounts_server is not a string: pass a string"],
    [
      client.validateAuthorizationResponse(1),
      "the callback is of another type: pass its URL, the URL's text, or the Request that came to it",
    ],
    [
      client.validateAuthorizationResponse(null),
      "the callback is of another type: pass its URL, the URL's text, or the Request that came to it",
    ],
  ]) {
    await rejects(call, { code: "invalid_configuration", message });
  }
  for (const maxAge of [0, -1, 1.5, 86_401, Number.NaN, "soon", null, {}]) {
    const message = "maxAge is out of range: give a whole number of seconds from 1 to 86400";
    await rejects(client.authorizationRequest({ scope: "a", maxAge }), { code: "invalid_configuration", message });
  }
});

test("an absent or broken Pending is callback_mismatch", async () => {
  const client = /** @type {any} */ (plainClient(() => assert.fail("a request was sent")));
  const { pending } = await client.authorizationRequest({ scope: "a" });
  const url = `https://app.example/cb?code=a&state=${pending.state}`;
  const absent = [undefined, null, {}, [], Symbol("x")];
  const broken = ["state", "code_verifier", "issuer", "expires_at"].flatMap((name) => {
    return absent.map((member) => ({ ...pending, [name]: member }));
  });
  for (const value of [...absent, "text", 1, ...broken]) {
    await rejects(client.validateAuthorizationResponse(url, value), { code: "callback_mismatch", retryable: false });
    await rejects(client.authorizationCodeGrant(url, value), { code: "callback_mismatch", retryable: false });
  }
  assert.deepEqual(await client.validateAuthorizationResponse(url, pending), { code: "a" });
});

test("a configuration is read once, and later changes of the object have no effect", async () => {
  const config = structuredClone({ ...CONFIG, clock: undefined });
  let sent = "";
  const client = new OAuthClient(
    Object.assign(/** @type {any} */ (config), {
      clock: CONFIG.clock,
      fetch: async (/** @type {string} */ url, /** @type {RequestInit} */ { body }) => {
        sent = `${url} ${body}`;
        return tokenResponse();
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

test("a client shows nothing of its configuration", async () => {
  const client = plainClient(() => tokenResponse());
  const check = () => {
    const texts = [
      inspect(client, { depth: 20, showHidden: true, getters: true }),
      inspect({ client }, { depth: 20, customInspect: false, showProxy: true }),
      String(client),
      `${JSON.stringify(client)}`,
      JSON.stringify(Object.getOwnPropertyDescriptors(client)),
      JSON.stringify(Reflect.ownKeys(client)),
    ];
    for (const text of texts) for (const hidden of [SECRET, "as.example"]) assert.ok(!text.includes(hidden), text);
  };
  check();
  assert.equal(JSON.stringify(client), "{}");
  await client.refreshTokenGrant(TOKENS);
  check();
  assert.deepEqual(structuredClone(client), {});
});

test("concurrent clients share nothing", async () => {
  /** @param {string} name */
  const named = (name) => {
    const server = { issuer: `https://${name}.example`, token_endpoint: `https://${name}.example/token` };
    /** @type {string[]} */
    const sent = [];
    const client = plainClient(
      async (url, { body }) => {
        sent.push(`${url} ${new URLSearchParams(`${body}`).get("client_secret")}`);
        await flushTasks();
        return tokenResponse({ access_token: `at.${name}` });
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

test("an invalid configuration does not affect other clients", async () => {
  const client = plainClient(() => tokenResponse());
  const broken = plainClient(() => assert.fail("a request was sent"), { client_id: "" });
  await Promise.all([
    rejects(broken.refreshTokenGrant(TOKENS), { code: "invalid_configuration" }),
    client.refreshTokenGrant(TOKENS),
    rejects(broken.refreshTokenGrant(TOKENS), { code: "invalid_configuration" }),
    client.refreshTokenGrant(TOKENS),
  ]);
});

test("a thousand authorization requests have distinct states and code verifiers", async () => {
  const client = plainClient(() => assert.fail("a request was sent"));
  const requests = await Promise.all(Array.from({ length: 1000 }, () => client.authorizationRequest({ scope: "a" })));
  const values = requests.flatMap(({ pending }) => [pending.state, pending.code_verifier]);
  assert.equal(new Set(values).size, 2000);
  assert.ok(values.every((value) => /^[\w-]{43}$/.test(value)));
  // Random values of 256 bits do not share their first 48 bits.
  assert.equal(new Set(values.map((value) => value.slice(0, 8))).size, 2000);
});

/** The parameters of an authorization request's URL. @param {string} url */
const sent = (url) => Object.fromEntries(new URL(url).searchParams);

test("each authorization request has its own options", async () => {
  const client = plainClient(() => assert.fail("a request was sent"));
  const other = plainClient(() => assert.fail("a request was sent"), { client_id: "other" });
  const of = async (/** @type {any} */ options, from = client) => {
    const { url, pending } = await from.authorizationRequest(options);
    const { client_id, scope, prompt, x } = sent(url);
    assert.deepEqual([sent(url).state, pending.created_at], [pending.state, NOW]);
    return [client_id, scope, prompt, x, pending.expires_at - NOW, pending.return_to];
  };
  // Each twice, since the second can come from the cache, in an order in which a wrong cache key would show.
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

test("options that change between requests are read again", async () => {
  const client = plainClient(() => assert.fail("a request was sent"));
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

test("options with a NUL do not match the cache entry of an earlier request", async () => {
  const client = plainClient(() => assert.fail("a request was sent"));
  await client.authorizationRequest({ scope: "a", parameters: { x: "y", z: "w" } });
  for (const options of [
    { scope: "a\0\0x\0y\0z\0w" },
    { scope: "a", parameters: { x: "y\0z\0w" } },
    { scope: "a\0\0x\0y", parameters: { z: "w" } },
  ]) {
    const message = "a value has a NUL character: remove it";
    await rejects(client.authorizationRequest(options), { code: "invalid_configuration", message });
  }
});

test("more options than the cache holds still give the right URLs", async () => {
  const client = plainClient(() => assert.fail("a request was sent"));
  for (let count = 0; count < 200; count += 1) {
    const parameters = { login_hint: `user-${count % 70}` };
    const { url } = await client.authorizationRequest({ scope: "a", parameters });
    assert.equal(sent(url).login_hint, parameters.login_hint);
  }
});

test("without randomness an authorization request is rejected, and with it the next one succeeds", async (t) => {
  const client = plainClient(() => assert.fail("a request was sent"));
  const many = () => Promise.allSettled(Array.from({ length: 100 }, () => client.authorizationRequest({ scope: "a" })));
  for (const draw of [(/** @type {Uint8Array} */ pool) => pool, () => assert.fail("not at start-up")]) {
    const drawn = t.mock.method(crypto, "getRandomValues", draw);
    const failed = (await many()).filter(({ status }) => status === "rejected");
    assert.ok(failed.length > 100 - 64, "only values that were drawn before are used");
    for (const call of failed) {
      await rejects(Promise.reject(/** @type {PromiseRejectedResult} */ (call).reason), {
        code: "invalid_configuration",
        message: "there is no randomness: draw it with crypto.getRandomValues inside a request",
      });
    }
    drawn.mock.restore();
    const again = await many();
    assert.equal(again.at(-1)?.status, "fulfilled");
  }
});

test("zohoRegions cannot be changed, so that secrets go to Zoho only", async () => {
  const regions = /** @type {any} */ (zohoRegions);
  const before = JSON.stringify(regions);
  for (const change of [
    () => regions.sort(() => -1),
    () => regions.reverse(),
    () => regions.push(regions[0]),
    () => Object.assign(regions[0], { accounts_server: "https://evil.example" }),
    () => Object.assign(regions[0].api_domains, ["https://evil.example"]),
  ]) {
    assert.throws(change, TypeError);
  }
  assert.equal(JSON.stringify(regions), before);
  /** @type {string[]} */
  const sent = [];
  const client = new OAuthClient({
    server: zoho(),
    client_id: "1000.A",
    client_secret: SECRET,
    fetch: async (url) => {
      sent.push(url);
      return tokenResponse();
    },
  });
  await client.refreshTokenGrant(TOKENS);
  assert.deepEqual(sent, ["https://accounts.zoho.com/oauth/v2/token"]);
});

test("return_to is refused wherever a browser would read a host in it", async () => {
  const client = new OAuthClient({ ...CONFIG, redirect_uri: "https://own.example/callback" });
  const accepts = (/** @type {string} */ return_to) =>
    client.authorizationRequest({ scope: "a", return_to }).then(
      ({ pending }) => pending.return_to === return_to,
      ({ code }) => {
        assert.equal(code, "invalid_configuration");
        return false;
      },
    );
  const parts = ["/", ".", "%2e", "%2E", "a", "?", "#", "\\", "\t"];
  let [paths, hosts] = [["/"], 0];
  for (let length = 1; length <= 4; length += 1) {
    paths = paths.flatMap((path) => parts.map((part) => path + part));
    for (const path of paths) {
      // What is resolved may be resolved again.
      const own = "https://own.example";
      const url = URL.canParse(`${path}/evil.example`, own) ? new URL(`${path}/evil.example`, own) : undefined;
      const isHost = url?.origin !== own || url.pathname.startsWith("//");
      if (!isHost) continue;
      hosts += 1;
      assert.equal(await accepts(`${path}/evil.example`), false, path);
    }
  }
  assert.ok(hosts > 1000, `${hosts}`);
  for (const path of [
    ...["/", "/./", "/..", "/a//b", "/a/.//b", "/...//b", "/.a//b", "/%2ea//b", "/a/b/..//c"],
    ...["/?x=/.//b", "/#/.//b", "/.?//b", "/%2F%2Fb", "/%5Cb", "/a/./b/../c?d=//e#//f", "/@b", "/:80"],
  ]) {
    assert.equal(await accepts(path), true, path);
  }
});
