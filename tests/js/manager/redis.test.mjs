// Processes that share a grant in one Redis, with either client.
import { after, test } from "node:test";
import { startRedis } from "../stores/support/redis.mjs";
import { assertOneRequest, assertRecoversFromKill, fleet } from "./support/fleet.mjs";

const server = await startRedis();
if (!server) {
  const reason = "redis-server is not installed; get it with: apt-get install redis-server";
  if (process.env.CI) throw new Error(reason);
  console.log(`not run: processes on a real Redis, because ${reason}`);
} else {
  after(() => server.stop());
  const { port } = server;
  for (const client of /** @type {const} */ (["node-redis", "ioredis"])) {
    test(`${client}: 8 processes with 200 callers each cause one request, and all get its token`, async (t) => {
      await assertOneRequest(await fleet(t, { client, port }));
    });
  }

  test("after a process is killed with the lock and its request in flight, the others refresh and nothing is lost", async (t) => {
    await assertRecoversFromKill(await fleet(t, { client: "node-redis", port, lockMs: 2000 }));
  });
}
