// Grants as commit 179b6fa stored them in Redis, in clear and sealed.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { sealedStore, sealer } from "grantkit";
import { redisStore } from "grantkit/redis";
import { Redis } from "ioredis";
import { startRedis } from "../js/stores/support/redis.mjs";
import { fixture } from "./support/fixtures.mjs";
import { readsGrants } from "./support/grants.mjs";
import { KEY } from "./support/settings.mjs";

const server = await startRedis();
if (!server) {
  const how = "redis-server is not installed; get it with: apt-get install redis-server";
  if (process.env.CI) throw new Error(how);
  console.log(`not run: grants on a real Redis, because ${how}`);
} else {
  const client = new Redis({ host: "127.0.0.1", port: server.port });
  after(async () => {
    client.disconnect();
    await server.stop();
  });
  /** @type {{ plain: Record<string, Record<string, string>>, sealed: Record<string, Record<string, string>> }} */
  const stored = fixture("redis.json");

  /** @param {Record<string, Record<string, string>>} hashes */
  const filled = async (hashes) => {
    await client.flushall();
    for (const [name, hash] of Object.entries(hashes)) await client.hset(name, hash);
    return redisStore(client);
  };

  readsGrants("redisStore", () => filled(stored.plain));
  readsGrants("sealedStore in redisStore", async () => sealedStore(await filled(stored.sealed), sealer(KEY)));

  test("what is sealed shows no token", () => {
    assert.match(JSON.stringify(stored.plain), /1000\.[0-9a-f]{32}/);
    assert.doesNotMatch(JSON.stringify(stored.sealed), /1000\.[0-9a-f]{32}/);
  });
}
