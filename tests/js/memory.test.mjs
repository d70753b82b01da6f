// The memory of the WebAssembly module has no secret after a call. docs/security.md says so.

import assert from "node:assert/strict";
import { test } from "node:test";

const { Instance } = WebAssembly;
/** The memory of the latest instance. @type {WebAssembly.Memory} */
let memory;
WebAssembly.Instance = /** @type {any} */ (
  class {
    /** @param {WebAssembly.Module} module @param {WebAssembly.Imports} imports */
    constructor(module, imports) {
      const instance = new Instance(module, imports);
      memory = /** @type {WebAssembly.Memory} */ (instance.exports.memory);
      this.exports = instance.exports;
    }
  }
);

const { memoryStore, OAuthClient, TokenManager } = await import("grantkit");
const { metadata } = await import("./support/plain.mjs");

const NOW = 1_800_000_000;
/** Parts of a secret of this many characters are searched for. */
const PART = 8;

let counter = 0;
/** A marked secret, no part of which is in another. @param {string} name */
function secret(name) {
  counter += 1;
  let state = counter * 2_654_435_761;
  const letters = Array.from({ length: 43 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[state >>> 26];
  });
  return { name, text: letters.join("") };
}

/** Asserts that the memory has no part of any secret. @param {{ name: string, text: string }[]} secrets @param {string} after */
function assertWiped(secrets, after) {
  const bytes = Buffer.from(memory.buffer);
  /** @type {string[]} */
  const found = [];
  for (const { name, text } of secrets) {
    for (let at = 0; at + PART <= text.length; at += 1) {
      const place = bytes.indexOf(text.slice(at, at + PART), 0, "latin1");
      if (place < 0) continue;
      const shown = bytes
        .subarray(Math.max(0, place - 24), place + 72)
        .toString("latin1")
        .replace(/[^ -~]/g, ".");
      found.push(`${name} at ${place}: ${shown}`);
      break;
    }
  }
  assert.deepEqual(found, [], after);
}

/** A client whose server responds with what `respond` makes of the form. */
function setUp() {
  const client_secret = secret("the client secret").text;
  /** @type {(form: URLSearchParams) => Response} */
  let respond = () => Response.json({});
  const config = {
    server: { ...metadata("https://as.example"), api_domain: "https://api.example" },
    client_id: "client",
    client_secret,
    redirect_uri: "https://app.example/cb",
    clock: () => NOW * 1000,
    /** @param {string} _url @param {any} init */
    fetch: async (_url, init) => respond(new URLSearchParams(init.body)),
  };
  return {
    config,
    client: new OAuthClient(config),
    /** @param {typeof respond} next */
    responds(next) {
      respond = next;
    },
  };
}

/** Tokens with marked secrets, and those secrets. @param {string} of */
function marked(of) {
  const secrets = ["access", "refresh", "id", "device"].map((name) => secret(`the ${name} token of ${of}`));
  const [access_token, refresh_token, id_token, device_secret] = secrets.map(({ text }) => text);
  const tokens = { access_token, refresh_token, id_token, device_secret, token_type: "Bearer", expires_in: 3600 };
  return { tokens: /** @type {any} */ (tokens), secrets };
}

/** An attempt, and the secrets of its pending. @param {any} client */
async function begun(client) {
  const { url, pending } = await client.authorizationRequest({ scope: "a b" });
  const secrets = [
    { name: "the state", text: pending.state },
    { name: "the code verifier", text: pending.code_verifier },
  ];
  return { url, pending, secrets };
}

test("after an authorization request", async () => {
  const { client } = setUp();
  for (let round = 0; round < 70; round += 1) assertWiped((await begun(client)).secrets, `request ${round}`);
});

/** @param {string} text */
const percent = (text) => text.replace(/./g, (character) => `%${character.charCodeAt(0).toString(16)}`);

test("after a callback, valid or not", async () => {
  const { client } = setUp();
  const code = secret("the code");
  for (const [name, query] of /** @type {[string, (state: string) => string][]} */ ([
    ["valid", (state) => `?code=${code.text}&state=${state}`],
    ["encoded", (state) => `?code=${percent(code.text)}&state=${percent(state)}`],
    ["of another attempt", () => `?code=${code.text}&state=other`],
    [
      "an error that echoes",
      (state) => `?error=access_denied&error_description=no+${code.text}+${state}&code=${code.text}&state=${state}`,
    ],
    ["a duplicate", (state) => `?code=${code.text}&code=${code.text}&state=${state}`],
  ])) {
    const { pending, secrets } = await begun(client);
    await client.validateAuthorizationResponse(query(pending.state), pending).catch(() => {});
    assertWiped([...secrets, code], name);
  }
});

test("after an exchange", async () => {
  const { client, responds } = setUp();
  const code = secret("the code");
  const { tokens, secrets } = marked("an exchange");
  responds(() => Response.json(tokens));
  const attempt = await begun(client);
  await client.authorizationCodeGrant(`?code=${code.text}&state=${attempt.pending.state}`, attempt.pending);
  assertWiped([code, ...secrets, ...attempt.secrets], "authorizationCodeGrant");
  await client.exchangeCode(code.text);
  assertWiped([code, ...secrets], "exchangeCode");
});

/** Responses that hold the tokens and are refused, or are no tokens and echo the form. @type {Record<string, (tokens: any, form: string) => Response>} */
const RESPONSES = {
  tokens: (tokens) => Response.json(tokens),
  "tokens in escapes": (tokens) =>
    new Response(JSON.stringify(tokens).replace(/[A-Z]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)),
  "tokens beside members with escapes": (tokens) => Response.json({ ...tokens, 'a"b': "\\\n" }),
  "tokens that are not UTF-8": (tokens) =>
    new Response(Buffer.from(JSON.stringify({ ...tokens, name: "é" }), "latin1")),
  "another token type": (tokens) => Response.json({ ...tokens, token_type: "mac" }),
  "a token with a line feed": (tokens) => Response.json({ ...tokens, access_token: `${tokens.access_token}\n` }),
  "tokens and an error": (tokens) => Response.json({ ...tokens, error: "server_error" }),
  "tokens with HTTP 500": (tokens) => Response.json(tokens, { status: 500 }),
  "truncated tokens": (tokens) => new Response(JSON.stringify(tokens).slice(0, -2)),
  "tokens in text": (tokens) => new Response(`x${JSON.stringify(tokens)}`),
  "tokens in a large body": (tokens) => Response.json({ text: "x".repeat(200_000), ...tokens }),
  "an error that echoes the form": (_, form) =>
    Response.json(
      { error: "invalid_grant", error_description: `${form} ${encodeURIComponent(form)}` },
      { status: 400 },
    ),
  "a throttle": () => new Response("", { status: 429, headers: { "retry-after": "5" } }),
  "a web page that echoes": (_, form) => new Response(`<html>${form}</html>`, { status: 403 }),
};

for (const [name, response] of Object.entries(RESPONSES)) {
  test(`after a refresh, by the client and by a manager, with a response: ${name}`, async () => {
    const { client, responds } = setUp();
    const earlier = marked("earlier tokens");
    const { tokens, secrets } = marked("a refresh");
    responds((form) => response(tokens, form.toString()));
    await client.refreshTokenGrant(earlier.tokens).catch(() => {});
    assertWiped([...earlier.secrets, ...secrets], "refreshTokenGrant");
    const manager = new TokenManager(client, memoryStore());
    await manager.save({ ...earlier.tokens, expires_at: NOW });
    assertWiped(earlier.secrets, "save");
    await manager.accessToken().catch(() => {});
    assertWiped([...earlier.secrets, ...secrets], "accessToken");
    await manager.accessToken({ rejected: tokens.access_token }).catch(() => {});
    assertWiped([...earlier.secrets, ...secrets], "accessToken with a rejected token");
  });
}

test("after a revocation, accepted or refused", async () => {
  for (const response of [
    () => new Response(""),
    (/** @type {URLSearchParams} */ form) =>
      Response.json({ error: "invalid_client", error_description: `${form}` }, { status: 401 }),
  ]) {
    const { client, responds } = setUp();
    const { tokens, secrets } = marked("a revocation");
    responds(response);
    await client.revoke(tokens).catch(() => {});
    assertWiped(secrets, "revoke");
    const manager = new TokenManager(client, memoryStore());
    await manager.save(tokens);
    await manager.revoke().catch(() => {});
    assertWiped(secrets, "revoke of a manager");
  }
});

/** A client without a fetch of its own. @param {object} [members] */
function withGlobalFetch(members) {
  const { fetch: _, ...config } = setUp().config;
  return { client: new OAuthClient({ ...config, ...members }), config };
}

test("after calls of the API", async (t) => {
  const { client } = withGlobalFetch();
  const { tokens, secrets } = marked("an API call");
  const echoes = [tokens.access_token, JSON.stringify({ error: "invalid_token", token: tokens.access_token })];
  const headers = { "www-authenticate": `Bearer error="other", x="${tokens.access_token}"` };
  t.mock.method(globalThis, "fetch", async () => new Response(echoes.shift(), { status: 401, headers }));
  const manager = new TokenManager(client, memoryStore());
  await manager.save(tokens);
  for (let call = 0; call < 2; call += 1) {
    await manager.fetch("/me").catch(() => {});
    assertWiped(secrets, `call ${call}`);
  }
});

test("after a request by the module's own transport", async (t) => {
  const { client, config } = withGlobalFetch({ token_endpoint_auth_method: "client_secret_basic" });
  const earlier = marked("earlier tokens");
  const { tokens, secrets } = marked("a refresh");
  t.mock.method(globalThis, "fetch", async () => Response.json(tokens));
  await client.refreshTokenGrant(earlier.tokens);
  const basic = { name: "the Basic credentials", text: btoa(`client:${config.client_secret}`) };
  assertWiped([...earlier.secrets, ...secrets, basic], "refreshTokenGrant");
});

test("after a configuration that is refused; that of a client stays, with its secret", async () => {
  const { config } = setUp();
  const refused = secret("a refused client secret");
  const client = new OAuthClient({ ...config, client_secret: `${refused.text}\n` });
  await client.authorizationRequest({ scope: "a" }).catch(() => {});
  assertWiped([refused], "a refused configuration");
  await new OAuthClient(config).authorizationRequest({ scope: "a" });
  assert.throws(() => assertWiped([{ name: "the client secret", text: config.client_secret }], "registered"));
});
