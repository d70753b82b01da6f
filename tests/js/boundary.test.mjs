// What crosses between JavaScript and the WebAssembly module, and what happens when the module traps.

import assert from "node:assert/strict";
import { test } from "node:test";

/** Texts that crossed into the module and out of it. @type {{ in: string[], out: string[] }} */
const crossed = { in: [], out: [] };
/** Exports that trap at their next call, by name. @type {string[]} */
const traps = [];

// Replaced before the package is loaded, which keeps what it finds.
const { encodeInto } = TextEncoder.prototype;
TextEncoder.prototype.encodeInto = function (text, into) {
  crossed.in.push(text);
  return encodeInto.call(this, text, into);
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

test("the state of a flow is short and has no secret", async () => {
  const { manager } = await setUp();
  await manager.accessToken();
  const effects = ["fetch", "load", "save", "lock", "sleep", "done"];
  const steps = crossed.out.map((text) => text.split("\0")).filter(([, , effect]) => effects.includes(`${effect}`));
  assert.deepEqual(
    steps.map(([, phase, effect]) => `${phase} ${effect}`),
    ["loading lock", "loading load", "marking save", "fetching fetch", "saving save", "saving done"],
  );
  for (const [state = ""] of steps) {
    assert.ok(state.length < 256, state);
    assert.match(state, /^[0-9,]*$/);
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
