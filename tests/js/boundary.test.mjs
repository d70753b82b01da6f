// What crosses between JavaScript and the WebAssembly module, and what happens when the module traps.

import assert from "node:assert/strict";
import { test } from "node:test";

/** Texts that crossed into the module and out of it. @type {{ in: string[], out: string[] }} */
const crossed = { in: [], out: [] };
/** Exports that trap at their next call, by name. @type {string[]} */
const traps = [];

// Replaced before the package is loaded, which keeps what it finds.
const { encodeInto } = TextEncoder.prototype;
/** Changes what crosses into the module. @type {(text: string) => string} */
let tamper = (text) => text;
TextEncoder.prototype.encodeInto = function (text, into) {
  crossed.in.push(text);
  return encodeInto.call(this, tamper(text), into);
};
const { decode } = TextDecoder.prototype;
TextDecoder.prototype.decode = function (...values) {
  const text = decode.apply(this, values);
  crossed.out.push(text);
  return text;
};
const { Instance } = WebAssembly;
/** Memories of the module. @type {Set<ArrayBufferLike>} */
const memories = new Set();
let instances = 0;
/** What an export throws in place of returning. @type {Error} */
let trapped = new WebAssembly.RuntimeError("unreachable");
/** The memory of the latest instance. @type {WebAssembly.Memory} */
let latest;
class ObservedInstance {
  /** @param {WebAssembly.Module} module @param {WebAssembly.Imports} imports */
  constructor(module, imports) {
    instances += 1;
    const { exports } = new Instance(module, imports);
    const memory = /** @type {WebAssembly.Memory} */ (exports.memory);
    latest = memory;
    const handler = {
      /** @param {any} target @param {string} name */
      get(target, name) {
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (/** @type {unknown[]} */ ...values) => {
          memories.add(memory.buffer);
          if (traps[0] === name) {
            traps.shift();
            throw trapped;
          }
          return member(...values);
        };
      },
    };
    // A copy: a proxy of the frozen exports may not replace them.
    this.exports = new Proxy({ ...exports }, handler);
  }
}
WebAssembly.Instance = /** @type {any} */ (ObservedInstance);
const { set } = Uint8Array.prototype;
Uint8Array.prototype.set = function (source, offset) {
  if (memories.has(this.buffer)) crossed.in.push(Buffer.from(source).toString("latin1"));
  return set.call(this, source, offset);
};

const { memoryStore, OAuthClient, TokenManager } = await import("grantkit");
const { metadata } = await import("./support/plain.mjs");

const NOW = 1_800_000_000;
const SECRET = "the-client-secret-9f31";

/** A client of a server that issues numbered tokens, and a manager of an expired grant. */
async function setUp() {
  let issued = 1;
  const client = new OAuthClient({
    server: { issuer: "https://as.example", token_endpoint: "https://as.example/token" },
    client_id: "client",
    client_secret: SECRET,
    clock: () => NOW * 1000,
    fetch: async () => {
      issued += 1;
      const tokens = { access_token: `access-${issued}-c81d`, refresh_token: `refresh-${issued}-c81d` };
      return Response.json({ ...tokens, token_type: "Bearer", expires_in: 3600 });
    },
  });
  const store = memoryStore();
  const manager = new TokenManager(client, store);
  const first = {
    access_token: "access-1-c81d",
    refresh_token: "refresh-1-c81d",
    token_type: "Bearer",
    expires_at: NOW,
  };
  await manager.save(first);
  // Registers the client.
  await manager.tokens();
  crossed.in = [];
  crossed.out = [];
  return { client, store, manager };
}

/** How often a text crossed. @param {string} text */
function crossings(text) {
  const count = (/** @type {string[]} */ texts) => texts.join("\n").split(text).length - 1;
  return { in: count(crossed.in), out: count(crossed.out) };
}

test("in a refresh each secret crosses at most once in each direction", async () => {
  const { manager } = await setUp();
  assert.equal(await manager.accessToken(), "access-2-c81d");
  assert.deepEqual(
    Object.fromEntries(
      ["refresh-1", "access-1", "refresh-2", "access-2"].map((name) => [name, crossings(`${name}-c81d`)]),
    ),
    {
      // In to be sent, out in the form.
      "refresh-1": { in: 1, out: 1 },
      "access-1": { in: 0, out: 0 },
      // In with the response, out as tokens.
      "refresh-2": { in: 1, out: 1 },
      "access-2": { in: 1, out: 1 },
    },
  );
  assert.equal(crossings(SECRET).in, 0);
});

/**
 * A client of a server with two forms of revocation and regions of these names. Its `replies` are sent in turn, then
 * tokens.
 *
 * @param {string[]} locations
 * @param {Response[]} [replies]
 */
function regional(locations, replies = []) {
  const regions = locations.map((location, at) => {
    return { location, accounts_server: `https://as${at}.example`, api_domains: [`https://api${at}.example`] };
  });
  const form = { endpoint: "{accounts_server}/revoke", unknown_is_400: true };
  const profile = { id: "regional", token_endpoint: "{accounts_server}/token", regions, revocation: [form, form] };
  /** @type {string[]} */
  const urls = [];
  const client = new OAuthClient({
    server: { profile },
    client_id: "client",
    client_secret: SECRET,
    clock: () => NOW * 1000,
    fetch: async (url) => {
      urls.push(url);
      const tokens = { access_token: "access-1-c81d", refresh_token: "refresh-1-c81d", token_type: "Bearer" };
      return replies.shift() ?? Response.json(tokens);
    },
  });
  return { client, urls };
}

const UNKNOWN = () => new Response("{}", { status: 400 });
const REVOKED = () => new Response("");

test("in a revocation the token crosses once for each form that is sent", async () => {
  const tokens = { access_token: "access-1-c81d", refresh_token: "refresh-1-c81d", token_type: "Bearer" };
  const refused = () => Response.json({ error: "invalid_client" }, { status: 401 });
  const cases = /** @type {[Response[], number][]} */ ([
    [[REVOKED()], 1],
    [[UNKNOWN(), REVOKED()], 2],
    [[UNKNOWN(), UNKNOWN()], 2],
    [[refused(), REVOKED()], 2],
  ]);
  for (const [replies, forms] of cases) {
    for (const isStored of [false, true]) {
      const { client, urls } = regional(["us"], [...replies.map((reply) => reply.clone())]);
      const manager = new TokenManager(client, memoryStore());
      if (isStored) await manager.save(tokens);
      crossed.in = [];
      crossed.out = [];
      await (isStored ? manager.revoke() : client.revoke(tokens));
      assert.equal(urls.length, forms);
      assert.deepEqual(crossings("refresh-1-c81d"), { in: forms, out: forms }, `${forms} forms, stored: ${isStored}`);
      assert.deepEqual(crossings("access-1-c81d"), { in: 0, out: 0 });
    }
  }
});

/** The steps of the flows that ran: phase and effect of each. Its state must be short, and may only have numbers. */
function checkedSteps() {
  const effects = ["fetch", "load", "save", "delete", "lock", "sleep", "done", "fail"];
  const steps = crossed.out.map((text) => text.split("\0")).filter(([, , effect]) => effects.includes(`${effect}`));
  for (const [state = ""] of steps) {
    assert.ok(state.length < 256, state);
    assert.match(state, /^[0-9,]+$/);
  }
  return steps.map(([, phase, effect]) => `${phase} ${effect}`);
}

/** Longer than a state may be. */
const LONG = "r".repeat(400);

test("the state of a refresh is short and has no secret", async () => {
  const { manager } = await setUp();
  await manager.accessToken();
  const expected = ["loading lock", "loading load", "marking save", "fetching fetch", "saving save", "saving done"];
  assert.deepEqual(checkedSteps(), expected);
});

test("the state of an exchange is short and has no secret", async () => {
  const { client } = regional([LONG]);
  crossed.out = [];
  const tokens = await client.exchangeCode("code", { location: LONG });
  await client.refreshTokenGrant(tokens);
  assert.deepEqual(checkedSteps(), ["fetching fetch", "fetching done", "fetching fetch", "fetching done"]);
});

test("the state of a revocation is short and has no secret", async () => {
  const { client } = regional([LONG], [UNKNOWN(), REVOKED()]);
  const manager = new TokenManager(client, memoryStore());
  await manager.save({ access_token: "a", refresh_token: "r", token_type: "Bearer" });
  crossed.out = [];
  await manager.revoke();
  assert.deepEqual(checkedSteps(), [
    "loading lock",
    "loading load",
    "fetching fetch",
    "fetching sleep",
    "fetching fetch",
    "rereading load",
    "deleting delete",
    "deleting done",
  ]);
});

test("the name of a region may be any text without control characters", async () => {
  const names = ["us", "a,b", "1,1,1", '"', "é", " ", LONG];
  for (const [at, location] of names.entries()) {
    const { client, urls } = regional(names);
    const { accounts_server, api_domain } = await client.exchangeCode("code", { location });
    assert.deepEqual(
      { urls, accounts_server, api_domain },
      {
        urls: [`https://as${at}.example/token`],
        accounts_server: `https://as${at}.example`,
        api_domain: `https://api${at}.example`,
      },
    );
  }
  for (const name of ["a\0b", "a\nb"]) {
    const { client, urls } = regional([name]);
    await assert.rejects(client.exchangeCode("code"), {
      code: "invalid_configuration",
      message: /^a.b of the profile regional has a control character: correct the row$/s,
    });
    assert.deepEqual(urls, []);
  }
});

test("an unknown grant type in the state of an exchange is an error", async (t) => {
  const { client } = await setUp();
  t.after(() => {
    tamper = (text) => text;
  });
  const tokens = { access_token: "a", refresh_token: "r", token_type: "Bearer" };
  for (const [state, exchange] of /** @type {const} */ ([
    ["1,0,0", () => client.exchangeCode("code")],
    ["1,1,0", () => client.refreshTokenGrant(tokens)],
  ])) {
    for (const unknown of ["1,2,0", "1,-1,0", "1,,0"]) {
      tamper = (text) => text.replace(`response\0${state}\0`, `response\0${unknown}\0`);
      await assert.rejects(exchange(), {
        code: "invalid_configuration",
        message: "the state of the exchange has an unknown grant type: pass the state that the step before returned",
      });
    }
    tamper = (text) => text;
    assert.match((await exchange()).access_token, /^access-/);
  }
});

test("after a trap the step is repeated once in a fresh instance", async () => {
  for (const name of ["refresh_step", "exchange_step"]) {
    const { client, manager } = await setUp();
    const before = instances;
    traps.push(name);
    const tokens = { access_token: "a", refresh_token: "r", token_type: "Bearer" };
    const got =
      name === "refresh_step" ? await manager.accessToken() : (await client.refreshTokenGrant(tokens)).access_token;
    assert.equal(got, "access-2-c81d");
    assert.equal(instances, before + 1);
  }
});

test("a step that traps twice rejects, and the next call works", async () => {
  const { client } = await setUp();
  const tokens = { access_token: "a", refresh_token: "r", token_type: "Bearer" };
  traps.push("exchange_step", "exchange_step");
  await assert.rejects(client.refreshTokenGrant(tokens), (/** @type {any} */ error) => {
    assert.deepEqual([error.code, error.retryable, "status" in error], ["unexpected_response", false, false]);
    assert.match(error.message, /failed twice/);
    return true;
  });
  assert.equal((await client.refreshTokenGrant(tokens)).access_token, "access-2-c81d");
});

test("a trap after the server has issued tokens rejects with them", async () => {
  const { manager, store } = await setUp();
  const { save } = store;
  store.save = async (key, record, expected) => {
    const saved = await save(key, record, expected);
    if (record.tokens.access_token === "access-2-c81d") traps.push("refresh_step", "refresh_step");
    return saved;
  };
  await assert.rejects(manager.accessToken(), (/** @type {any} */ error) => {
    assert.deepEqual(
      [error.code, error.retryable, error.tokens.access_token],
      ["store", true, "access-2-c81d"],
      "the next call succeeds",
    );
    return true;
  });
  assert.equal(await manager.accessToken(), "access-2-c81d");
});

const MIB = 2 ** 20;
const MORE = "x".repeat(MIB + 1);
const PLAIN = { access_token: "access-0-c81d", refresh_token: "refresh-0-c81d", token_type: "Bearer" };

/** A client with members of its configuration replaced, whose server responds with tokens. @param {object} [config] @param {object} [server] */
const clientWith = (config, server) =>
  new OAuthClient({
    server: {
      ...metadata("https://as.example"),
      api_domain: "https://api.example",
      ...server,
    },
    client_id: "client",
    client_secret: SECRET,
    redirect_uri: "https://app.example/cb",
    clock: () => NOW * 1000,
    fetch: async () => Response.json({ ...PLAIN, expires_in: 3600 }),
    ...config,
  });

/** A manager whose store has such a record. @param {object} members */
function managerOf(members) {
  const record = /** @type {any} */ ({ version: 1, requests: [], tokens: PLAIN, ...members });
  return new TokenManager(clientWith(), { ...memoryStore(), load: async () => record, save: async () => true });
}

const TOO_LONG = / has more than 1 MiB: pass a shorter one$/;
const ASKED = { scope: "a" };
/** Calls with an input of more than 1 MiB. @type {Record<string, () => Promise<unknown>>} */
const LARGE = {
  client_id: () => clientWith({ client_id: MORE }).authorizationRequest(ASKED),
  client_secret: () => clientWith({ client_secret: MORE }).authorizationRequest(ASKED),
  redirect_uri: () => clientWith({ redirect_uri: `https://app.example/${MORE}` }).authorizationRequest(ASKED),
  token_endpoint: () => clientWith({}, { token_endpoint: `https://as.example/${MORE}` }).authorizationRequest(ASKED),
  "a row": () => clientWith({}, { profile: { id: MORE } }).authorizationRequest(ASKED),
  scope: () => clientWith().authorizationRequest({ scope: MORE }),
  "a list of scopes": () => clientWith().authorizationRequest({ scope: Array(MIB / 2 + 1).fill("a") }),
  "a parameter": () => clientWith().authorizationRequest({ ...ASKED, parameters: { prompt: MORE } }),
  "the name of a parameter": () => clientWith().authorizationRequest({ ...ASKED, parameters: { [MORE]: "a" } }),
  return_to: () => clientWith().authorizationRequest({ ...ASKED, return_to: `/${MORE}` }),
  code: () => clientWith().exchangeCode(MORE),
  location: () => clientWith().exchangeCode("code", { location: MORE }),
  "a refresh token": () => clientWith().refreshTokenGrant({ ...PLAIN, refresh_token: MORE }),
  "an accounts server": () => clientWith().refreshTokenGrant({ ...PLAIN, accounts_server: MORE }),
  "the scope of a refresh": () => clientWith().refreshTokenGrant(PLAIN, { scope: MORE }),
  "a token to revoke": () => clientWith().revoke({ ...PLAIN, refresh_token: MORE }),
  "a state": () => clientWith().validateAuthorizationResponse("?code=a", pendingWith({ state: MORE })),
  "a code verifier": () => clientWith().authorizationCodeGrant("?code=a", pendingWith({ code_verifier: MORE })),
  "the URL of a call": () => managerOf({}).fetch(`/${MORE}`),
  "the requests of a record": () =>
    managerOf({ requests: Array(MIB).fill(1_800_000_000) }).accessToken({ rejected: PLAIN.access_token }),
  "the scope of a record": () =>
    managerOf({ tokens: { ...PLAIN, scope: MORE } }).accessToken({ rejected: PLAIN.access_token }),
};

/** @param {object} members */
const pendingWith = (members) =>
  /** @type {any} */ ({
    state: "s",
    code_verifier: "v",
    issuer: "https://as.example",
    redirect_uri: "https://app.example/cb",
    created_at: NOW,
    expires_at: NOW + 600,
    ...members,
  });

for (const [what, call] of Object.entries(LARGE)) {
  test(`an input of more than 1 MiB is refused before it is copied: ${what}`, async () => {
    await clientWith().authorizationRequest(ASKED);
    crossed.in = [];
    const before = instances;
    const called = async () => call();
    await assert.rejects(called(), (/** @type {any} */ error) => {
      assert.equal(error.code, "invalid_configuration", error.message);
      assert.match(error.message, TOO_LONG);
      assert.ok(error.message.length < 300);
      return true;
    });
    assert.ok(crossed.in.every((text) => text.length < 10_000));
    assert.equal(instances, before);
    assert.match((await clientWith().authorizationRequest(ASKED)).url, /^https:/);
  });
}

test("a callback of more than 64 KiB, and a record's token of more than 1 MiB, are refused before they are copied", async () => {
  crossed.in = [];
  const callback = `?code=${"x".repeat(65_536)}`;
  for (const call of [
    () => clientWith().validateAuthorizationResponse(callback, pendingWith({})),
    () => clientWith().authorizationCodeGrant(new URL(`https://app.example/cb${callback}`), pendingWith({})),
  ]) {
    await assert.rejects(call(), {
      code: "callback_mismatch",
      message: "the callback is longer than 64 KiB: start a new authorization request",
    });
  }
  const manager = managerOf({ tokens: { ...PLAIN, refresh_token: MORE } });
  await assert.rejects(manager.accessToken({ rejected: PLAIN.access_token }), { code: "store" });
  assert.ok(crossed.in.every((text) => text.length < 10_000));
});

test("texts of half a gigabyte are refused, joined or not", async () => {
  const half = "x".repeat(2 ** 28);
  const all = { ...PLAIN, refresh_token: "r", accounts_server: half, api_domain: half, scope: half };
  for (const call of [
    () => clientWith().authorizationRequest({ scope: [half, half, half] }),
    () => clientWith().refreshTokenGrant(all),
    () => clientWith().authorizationRequest({ ...ASKED, parameters: { [half]: "a", [`${half}b`]: "b" } }),
    () => clientWith().validateAuthorizationResponse("?code=a", pendingWith({ state: half, code_verifier: half })),
    () =>
      managerOf({ tokens: { ...PLAIN, accounts_server: half, scope: half } }).accessToken({
        rejected: PLAIN.access_token,
      }),
  ]) {
    await assert.rejects(call(), { code: "invalid_configuration", message: TOO_LONG });
  }
});

test("what was sent with an input of nearly 1 MiB is received, and the memory that it took is not kept", async () => {
  const scope = "s".repeat(MIB - 100);
  const client = clientWith({
    fetch: async () => Response.json({ ...PLAIN, expires_in: 3600, text: "x".repeat(250 * 1024) }),
  });
  const tokens = await client.refreshTokenGrant({ ...PLAIN, scope });
  assert.equal(tokens.scope, scope);
  const { url } = await clientWith().authorizationRequest({ scope: "\u00e9".repeat(MIB - 100) });
  assert.ok(url.length > MIB);
  await clientWith().authorizationRequest(ASKED);
  assert.ok(latest.buffer.byteLength <= 4 * MIB, `${latest.buffer.byteLength} bytes`);
});

test("after a trap in any function the call is repeated in a fresh instance, and so is one that ran out of stack", async () => {
  const calls = /** @type {Record<string, () => Promise<unknown>>} */ ({
    input: () => clientWith().authorizationRequest({ scope: "s".repeat(100_000) }),
    register: () => clientWith().authorizationRequest(ASKED),
    authorization_template: () => clientWith().authorizationRequest(ASKED),
    check_return_to: () => clientWith().authorizationRequest({ ...ASKED, return_to: "/a" }),
    attempt: () => clientWith().authorizationRequest(ASKED),
    output: () => clientWith().authorizationRequest(ASKED),
    validate_authorization_response: () =>
      clientWith().validateAuthorizationResponse("?code=a&state=s&iss=https%3A%2F%2Fas.example", pendingWith({})),
    exchange_step: () => clientWith().exchangeCode("code"),
    revocation_step: () => clientWith().revoke(PLAIN),
    api_target: () => managerOf({}).fetch("/me"),
    refresh_step: () => managerOf({}).accessToken({ rejected: PLAIN.access_token }),
    decide: () => managerOf({}).save(PLAIN),
  });
  for (const [name, call] of Object.entries(calls)) {
    for (const thrown of [
      new WebAssembly.RuntimeError("unreachable"),
      new RangeError("Maximum call stack size exceeded"),
    ]) {
      await clientWith().authorizationRequest(ASKED);
      const before = instances;
      trapped = thrown;
      traps.push(name);
      await call();
      assert.deepEqual([traps, instances], [[], before + 1], name);
      traps.push(name, name);
      // An error in an operation of the store is one of the store.
      const expected = name === "decide" ? { code: "store" } : { code: "unexpected_response", cause: thrown };
      await assert.rejects(call(), expected, name);
      assert.deepEqual([traps, instances], [[], before + 3], name);
      await call();
      assert.equal(instances, before + 3);
    }
  }
});
