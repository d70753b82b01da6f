// Processes that share a grant over one Redis, by either client.
import { after, test } from "node:test";
import { startRedis } from "../stores/support/redis.mjs";
import { askAtOnce, fleet, killTheHolder } from "./support/fleet.mjs";

const server = await startRedis();
if (!server) {
  const how = "redis-server is not installed; get it with: apt-get install redis-server";
  if (process.env.CI) throw new Error(how);
  console.log(`not run: processes on a real Redis, because ${how}`);
} else {
  after(() => server.stop());
  const { port } = server;
  for (const client of /** @type {const} */ (["node-redis", "ioredis"])) {
    test(`${client}: 8 processes with 200 callers each cause one request, and all get its token`, async (t) => {
      await askAtOnce(await fleet(t, { client, port }));
    });
  }

  test("a process killed while it holds the lock, its request in flight: the others go on, and nothing is lost", async (t) => {
    await killTheHolder(await fleet(t, { client: "node-redis", port, lockMs: 2000 }));
  });
}
