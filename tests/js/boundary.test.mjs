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
class ObservedInstance {
  /** @param {WebAssembly.Module} module @param {WebAssembly.Imports} imports */
  constructor(module, imports) {
    instances += 1;
    const { exports } = new Instance(module, imports);
    const memory = /** @type {WebAssembly.Memory} */ (exports.memory);
    const handler = {
      /** @param {any} target @param {string} name */
      get(target, name) {
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (/** @type {unknown[]} */ ...values) => {
          memories.add(memory.buffer);
          if (traps[0] === name) {
            traps.shift();
            throw new WebAssembly.RuntimeError("unreachable");
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
