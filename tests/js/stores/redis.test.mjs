import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inspect } from "node:util";
import IORedis from "ioredis";
import IORedis5 from "ioredis-5";
import * as redis from "redis";
import * as redis4 from "redis-4";
import * as redis5 from "redis-5";
import { checkTokenStore } from "../../../pkg/check-token-store.js";
import { redisStore } from "../../../pkg/redis.js";
import { openRedisStore } from "../../../pkg/stores/redis.js";
import { assertFails, grant, SECRET } from "./support/expect.mjs";
import { startRedis } from "./support/redis.mjs";
import { virtualTimers } from "./support/timers.mjs";

/**
 * @typedef {object} Connection
 * @property {unknown} client
 * @property {(...command: string[]) => Promise<any>} send
 * @property {() => Promise<unknown>} close
 */

/** @param {{ createClient: (options: any) => any }} library @returns {(port: number) => Promise<Connection>} */
const nodeRedis = (library) => async (port) => {
  const client = library.createClient({ socket: { host: "127.0.0.1", port, reconnectStrategy: false } });
  client.on("error", () => {});
  await client.connect();
  const close = async () => client.isOpen && (await (client.close?.() ?? client.disconnect()));
  return { client, send: (...command) => client.sendCommand(command), close };
};

/** @param {any} Library @returns {(port: number) => Promise<Connection>} */
const ioredis = (Library) => async (port) => {
  const client = new Library({ host: "127.0.0.1", port, retryStrategy: null, maxRetriesPerRequest: 0 });
  client.on("error", () => {});
  return { client, send: (...command) => client.call(...command), close: async () => client.disconnect() };
};

const CLIENTS = {
  "node-redis 6": nodeRedis(redis),
  "node-redis 5": nodeRedis(redis5),
  "node-redis 4": nodeRedis(redis4),
  "ioredis 6": ioredis(IORedis),
  "ioredis 5": ioredis(IORedis5),
};

const server = await startRedis();
if (!server) {
  const reason = "redis-server is not installed; get it with: apt-get install redis-server";
  if (process.env.CI) throw new Error(reason);
  console.log(`not run: redisStore on a real Redis, because ${reason}`);
} else {
  after(() => server.stop());
  for (const [name, connect] of Object.entries(CLIENTS)) describe(name, () => testClient(connect, server.port));
  test("all keys of a grant are in one slot, so a cluster accepts them", testCluster);
}

/** @param {(port: number) => Promise<Connection>} connect @param {number} port */
function testClient(connect, port) {
  /** @type {Connection} */
  let one;
  /** @type {Connection} */
  let two;
  before(async () => {
    [one, two] = await Promise.all([connect(port), connect(port)]);
    await one.send("FLUSHALL");
  });
  after(() => Promise.all([one.close(), two.close()]));

  test("passes the suite with two connections, and leaves nothing", async () => {
    const connections = [one, two];
    await checkTokenStore(() => redisStore(connections.pop()?.client, { prefix: "suite:" }));
    assert.deepEqual(await one.send("KEYS", "*"), []);
  });

  test("stores the record's JSON unchanged, in a hash that does not expire", async () => {
    const store = redisStore(one.client);
    const record = grant(9007199254740990, { requests: [] });
    await store.save("tenant/7 {x}", record, undefined);
    const name = "grantkit:{tenant%2F7%20%7Bx%7D}";
    assert.equal(await one.send("HGET", name, "record"), JSON.stringify(record));
    assert.equal(await one.send("HGET", name, "version"), "9007199254740990");
    assert.equal(await one.send("PTTL", name), -1);
  });

  test("works after the server flushed its scripts", async () => {
    const store = redisStore(one.client);
    await one.send("SCRIPT", "FLUSH");
    assert.equal(await store.save("scripts", grant(1), undefined), true);
    await one.send("SCRIPT", "FLUSH");
    assert.equal(await store.lock?.("scripts", () => store.save("scripts", grant(2), 1)), true);
    // The server knows the script by its digest, so only the digest is sent.
    assert.equal(await store.save("scripts", grant(3), 2), true);
    assert.equal(await store.save("scripts", grant(3), 2), false);
  });

  test("a lock expires, and only its owner releases it", async () => {
    const store = redisStore(one.client, { lockMs: 12_345 });
    const name = "grantkit:{owner}:lock";
    await store.lock?.("owner", async () => {
      const left = await one.send("PTTL", name);
      assert.ok(left > 0 && left <= 12_345, String(left));
    });
    assert.equal(await one.send("EXISTS", name), 0);
    await store.lock?.("owner", () => one.send("SET", name, "another owner"));
    assert.equal(await one.send("GET", name), "another owner");
  });

  test("a lock is renewed while its holder runs, and not after it is lost", async () => {
    const timers = virtualTimers();
    const store = openRedisStore(one.client, { lockMs: 60_000 }, timers);
    const name = "grantkit:{renewed}:lock";
    await store.lock("renewed", async () => {
      await one.send("PEXPIRE", name, "30000");
      await timers.sleep(20_000);
      assert.ok((await one.send("PTTL", name)) > 30_000);
      await one.send("SET", name, "another owner", "PX", "30000");
      await timers.sleep(20_000);
      const left = await one.send("PTTL", name);
      assert.ok(left > 0 && left <= 30_000, String(left));
      await one.send("DEL", name);
      await timers.sleep(20_000);
      assert.equal(await one.send("EXISTS", name), 0);
    });
  });

  test("an expired lock is taken over, and its former holder saves what the compare-and-set accepts", async () => {
    const [slow, next] = [redisStore(one.client), redisStore(two.client)];
    await slow.save("late", grant(1), undefined);
    await slow.lock?.("late", async () => {
      await one.send("DEL", "grantkit:{late}:lock");
      await next.lock?.("late", async () => {
        assert.equal(await slow.save("late", grant(2), 1), true, "these may be the only copy of new tokens");
        assert.equal(await next.save("late", grant(3), 1), false);
        assert.equal(await next.save("late", grant(3), 2), true);
      });
      assert.equal(await slow.save("late", grant(4), 2), false);
    });
  });

  test("a store does not wait for its own lock that it could not release", async () => {
    const timers = virtualTimers();
    const under = /** @type {any} */ (one.client);
    let fails = false;
    const client = new Proxy(under, {
      get(target, property) {
        const value = target[property];
        if (typeof value !== "function") return value;
        return async (/** @type {any[]} */ ...values) => {
          if (fails) throw new Error("the connection broke");
          return value.apply(target, values);
        };
      },
    });
    const store = openRedisStore(client, { lockMs: 60_000 }, timers);
    await store.lock("kept", async () => {
      fails = true;
    });
    fails = false;
    assert.equal(await one.send("EXISTS", "grantkit:{kept}:lock"), 1);
    assert.equal(await store.lock("kept", async () => "second"), "second");
    assert.equal(await one.send("EXISTS", "grantkit:{kept}:lock"), 0);
    assert.equal(timers.now(), 0, "it has not waited");
  });

  test("an acquisition that a client sends twice succeeds once", async () => {
    const timers = virtualTimers();
    const client = /** @type {any} */ (one.client);
    const name = "evalSha" in client ? "evalSha" : "evalsha";
    let doubled = 0;
    // When a connection breaks before the response, the client sends the command again.
    const twice = new Proxy(client, {
      get(target, property) {
        const value = target[property];
        if (property !== name) return typeof value === "function" ? value.bind(target) : value;
        return async (/** @type {any[]} */ ...values) => {
          if (inspect(values).includes(":lock")) await value.apply(target, values).then(() => (doubled += 1));
          return value.apply(target, values);
        };
      },
    });
    const store = openRedisStore(twice, undefined, timers);
    await store.save("twice", grant(1), undefined);
    await store.lock("twice", async () => assert.equal(await store.save("twice", grant(2), 1), true));
    assert.equal(timers.now(), 0);
    assert.ok(doubled > 0);
  });

  test("an invalid record is named and left unchanged", async () => {
    const store = redisStore(one.client);
    for (const [key, text] of Object.entries({
      cut: `{"version":1,"tokens":"${SECRET}`,
      none: `"${SECRET}"`,
      list: "[]",
    })) {
      await one.send("HSET", `grantkit:{${key}}`, "record", text, "version", "1");
      await assertFails(
        store.load(key),
        "store",
        new RegExp(`Redis: grantkit:\\{${key}\\} is not .*, and was not changed: `),
      );
      assert.equal(await store.save(key, grant(1), undefined), false);
      assert.equal(await one.send("HGET", `grantkit:{${key}}`, "record"), text);
    }
  });

  test("errors of the server are the cause, without the arguments of the command", async () => {
    const store = redisStore(one.client);
    await one.send("SET", "grantkit:{text}", "x");
    const wrong = await assertFails(
      store.save("text", grant(1), undefined),
      "store",
      /saving the record of "text" failed \(WRONGTYPE .*\): check that /,
    );
    assert.match(String(wrong.cause), /WRONGTYPE/);
    assert.equal(wrong.retryable, true);
    await store.save("full", grant(1), undefined);
    await one.send("CONFIG", "SET", "maxmemory", "1");
    try {
      await assertFails(
        store.save("full", grant(2), 1),
        "store",
        /\(OOM .*\): check that the client is connected, then call again$/,
      );
    } finally {
      await one.send("CONFIG", "SET", "maxmemory", "0");
    }
    assert.deepEqual(await store.load("full"), grant(1));
    // When an access list or a rename hides EVALSHA, Redis quotes the arguments in its error.
    const unknown = new Error(`ERR unknown command 'EVALSHA', with args beginning with: 'x' '${SECRET}'`);
    Object.assign(unknown, { command: { name: "evalsha", args: [SECRET] } });
    const rejecting = { evalsha: () => Promise.reject(unknown), hget: () => Promise.reject(unknown) };
    await assertFails(
      redisStore(rejecting).save("a", grant(1), undefined),
      "store",
      /\(ERR unknown command 'EVALSHA'\): check /,
    );
  });

  test("a closed connection is a retryable error", async () => {
    const closed = await connect(port);
    const store = redisStore(closed.client);
    await store.save("closed", grant(1), undefined);
    await closed.close();
    for (const call of [
      () => store.load("closed"),
      () => store.save("closed", grant(2), 1),
      () => store.delete("closed"),
      () => store.lock?.("closed", async () => {}),
    ]) {
      const error = await assertFails(
        async () => call(),
        "store",
        /"closed" failed \(.+\): check that the client is connected, then call again$/,
      );
      assert.equal(error.retryable, true);
      assert.ok(error.cause instanceof Error);
    }
  });
}

test("an invalid client and invalid options are rejected at once", async () => {
  for (const client of [undefined, null, {}, "redis://127.0.0.1", { eval: () => {} }]) {
    await assertFails(() => redisStore(client), "invalid_configuration", /node-redis or ioredis/);
  }
  const client = { evalsha: () => {}, hget: () => {} };
  for (const options of [{ lockMs: 0 }, { lockMs: 0.5 }, { lockMs: "9" }, { prefix: 7 }]) {
    await assertFails(
      () => redisStore(client, /** @type {object} */ (options)),
      "invalid_configuration",
      /: pass a string as prefix, and .* lockMs$/,
    );
  }
});

/** @param {import("node:test").TestContext} t */
async function testCluster(t) {
  const cluster = await startRedis("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf");
  assert.ok(cluster);
  t.after(() => cluster.stop());
  const { client, send, close } = await ioredis(IORedis)(cluster.port);
  t.after(close);
  await send("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  while (!(await send("CLUSTER", "INFO")).includes("cluster_state:ok")) await new Promise(setImmediate);
  await checkTokenStore(() => redisStore(client));
}
