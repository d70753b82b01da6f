// examples/redis.mjs with a real Redis: a main process and four workers.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { OAuthClient, zoho } from "grantkit";
import { createClient } from "redis";
import { startRedis } from "../js/stores/support/redis.mjs";
import { showsToken } from "../support/program.mjs";
import { zohoForPrograms } from "./support/fake.mjs";

const CLIENT = /** @type {const} */ ({
  client_id: "1000.REDIS",
  client_secret: "secret-of-the-workers",
  location: "eu",
});
const LEADS = 240;
const WORKERS = 4;

/** @param {import("node:test").TestContext} t @param {number} port */
async function world(t, port) {
  const clients = [CLIENT];
  const { location, ...own } = CLIENT;
  const { fake, run, asked, watch } = await zohoForPrograms(t, { clients, now: Math.floor(Date.now() / 1000) });
  const REDIS_URL = `redis://127.0.0.1:${port}`;
  const redis = await createClient({ url: REDIS_URL }).connect();
  await redis.flushAll();
  t.after(() => redis.close());
  const account = {
    ZOHO_CLIENT_ID: CLIENT.client_id,
    ZOHO_CLIENT_SECRET: CLIENT.client_secret,
    ZOHO_LOCATION: CLIENT.location,
    SEALING_KEY: randomBytes(32).toString("base64url"),
    REDIS_URL,
    WORKERS: `${WORKERS}`,
  };
  const scope = "ZohoCRM.modules.leads.ALL";
  const client = new OAuthClient({ server: zoho({ location }), ...own, fetch: fake.fetch });
  return {
    fake,
    redis,
    watch,
    /** @param {object} lead */
    async addLead(lead) {
      const { access_token } = await client.exchangeCode(fake.selfClientCode({ client_id: own.client_id, scope }));
      const headers = { authorization: `Zoho-oauthtoken ${access_token}` };
      const body = JSON.stringify({ data: [lead] });
      const response = await fake.fetch("https://www.zohoapis.eu/crm/v8/Leads", { method: "POST", headers, body });
      assert.equal(response.status, 201, await response.text());
    },
    start: (/** @type {Record<string, string>} */ more = {}) =>
      run("examples/redis.mjs", { ...account, ...more }).ended,
    code: () => fake.selfClientCode({ client_id: CLIENT.client_id, scope: "ZohoCRM.modules.leads.READ" }),
    calls: () => asked.filter(({ path }) => path.startsWith("/crm/")),
    refreshes: () => fake.log.filter(({ grant_type }) => grant_type === "refresh_token").length,
  };
}

/** @param {string[]} lines */
const sum = (lines) =>
  lines.map((line) => Number(/^ *(\d+) {2}[A-Z][\w ]+$/.exec(line)?.[1])).reduce((one, next) => one + next, 0);

const server = await startRedis();
if (!server) {
  const reason = "redis-server is not installed: run apt-get install redis-server";
  if (process.env.CI) throw new Error(reason);
  console.log(`skipped: ${reason}`);
} else {
  test.after(() => server.stop());
  const { port } = server;

  test("four processes whose token is rejected at the same time make one refresh", { timeout: 120_000 }, async (t) => {
    const { fake, redis, watch, start, code, calls, refreshes } = await world(t, port);
    const first = await start({ ZOHO_CODE: code() });
    assert.deepEqual(
      { code: first.code, errors: first.errors, leads: sum(first.lines) },
      { code: 0, errors: "", leads: LEADS },
    );
    assert.equal(refreshes(), 0);
    assert.equal(calls().length, 10);

    // Zoho rejects the token now. The responses wait until every worker has sent its request.
    fake.advance(3600);
    let release = () => {};
    const all = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    const tokens = new Set();
    let waiting = 0;
    watch(({ path, headers }) => {
      if (!path.startsWith("/crm/")) return undefined;
      tokens.add(headers.get("authorization"));
      waiting += 1;
      if (waiting === WORKERS) release();
      return all;
    });
    const second = await start();
    assert.deepEqual(
      { code: second.code, errors: second.errors, lines: second.lines },
      { code: 0, errors: "", lines: first.lines },
    );
    assert.equal(fake.log.filter(({ status }) => status === 401).length, WORKERS);
    assert.equal(refreshes(), 1);
    assert.equal(tokens.size, 2, "the expired token, and one new token for all");
    for (const key of await redis.keys("grantkit:*")) {
      const value =
        (await redis.type(key)) === "hash" ? JSON.stringify(await redis.hGetAll(key)) : await redis.get(key);
      assert.equal(showsToken(String(value)), false, "the record is sealed");
    }
  });

  test("a lead without a company is counted, and each page is one transaction", async (t) => {
    const { redis, start, code, addLead } = await world(t, port);
    await addLead({ Last_Name: "Noether" });
    await redis.configResetStat();
    const { code: exit, errors, lines } = await start({ ZOHO_CODE: code() });
    assert.deepEqual([exit, errors], [0, ""]);
    assert.ok(lines.includes("    1  (none)"), lines.join("\n"));
    assert.match(await redis.info("commandstats"), /^cmdstat_exec:calls=10,/m);
  });

  test("tokens that Redis rejects are written to a file that the message names", async (t) => {
    const { redis, start, code } = await world(t, port);
    const TMPDIR = await mkdtemp(join(tmpdir(), "grantkit-redis-"));
    t.after(() => rm(TMPDIR, { recursive: true }));
    // Redis rejects writes, as it does when it has lost its replicas.
    await redis.configSet("min-replicas-to-write", "1");
    const { code: exit, errors } = await start({ ZOHO_CODE: code(), TMPDIR });
    await redis.configSet("min-replicas-to-write", "0");
    const [, file = ""] = /^The tokens are in (\S+): once .*\nstore: .+\n$/.exec(errors) ?? [];
    assert.deepEqual([exit, showsToken(errors)], [1, false], errors);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal(typeof JSON.parse(await readFile(file, "utf8")).refresh_token, "string");
  });

  test("without a grant each worker reports it, and no page is lost", async (t) => {
    const { redis, start, code } = await world(t, port);
    const { code: exit, errors } = await start();
    assert.equal(exit, 1);
    assert.match(
      errors,
      /^(reauthorization_required: .+\n){4}4 of 4 workers failed, and 10 pages were not read: run again\n$/,
    );
    assert.equal(await redis.lLen("leads:pages"), 10);
    assert.equal(sum((await start({ ZOHO_CODE: code() })).lines), LEADS);
  });
}
