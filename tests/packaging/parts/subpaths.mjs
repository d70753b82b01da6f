import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { startRedis } from "../../js/stores/support/redis.mjs";
import { EXECUTABLES, missing } from "../../runtimes/support/executables.mjs";
import { inProcess } from "../../runtimes/support/process.mjs";
import { folder } from "../support/install.mjs";

const REDIS = pathToFileURL(createRequire(import.meta.url).resolve("ioredis")).href;
const SCRIPT = "tests/runtimes/programs/subpaths.mjs";

const redis = await startRedis();
if (!redis && process.env.CI) throw new Error("redis-server is missing; apt-get install redis-server");
const absent = redis ? false : "Redis is missing; apt-get install redis-server";

describe("files, Redis and the fake's servers work with the installed package", { concurrency: 2 }, () => {
  after(() => redis?.stop());

  for (const runtime of /** @type {(keyof typeof EXECUTABLES)[]} */ (Object.keys(EXECUTABLES))) {
    test(`in ${runtime}`, { skip: missing(runtime) || absent }, async () => {
      const { outcome, shown } = await inProcess(runtime, folder, SCRIPT, (own, out) => {
        return [own, String(redis?.port), REDIS, out];
      });
      assert.deepEqual(outcome, { mode: "600", different: true, refreshes: 1, companies: ["Juniper Health"] });
      assert.equal(shown, "");
    });
  }
});
