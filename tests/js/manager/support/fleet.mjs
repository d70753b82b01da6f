// Processes that share one grant in one store, and a fake Zoho on loopback that counts their requests.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { OAuthClient, TokenManager, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { openStore } from "./fleet-stores.mjs";
import { CLIENT, LIFETIME, NOW, SCOPE } from "./setup.mjs";

/**
 * @typedef {object} Settings
 * @property {import("./fleet-stores.mjs").StoreOptions} storeOptions
 * @property {NonNullable<Parameters<typeof zoho>[0]>} server
 * @property {number} now
 * @property {number} callers
 * @property {boolean} [crashesBeforeSave] kills itself between response and save
 * @property {number} speed how fast its clock runs
 */

/** How often a process got each token and each error. @typedef {{ tokens: Record<string, number>, errors: Record<string, number> }} Report */

const PROGRAM = fileURLToPath(new URL("member.mjs", import.meta.url));

/**
 * A grant whose access token has expired, and processes that refresh it.
 *
 * @param {import("node:test").TestContext} t
 * @param {import("./fleet-stores.mjs").StoreOptions} storeOptions
 */
export async function fleet(t, storeOptions) {
  const fake = await fakeZoho({ now: NOW, seed: 7 });
  const listening = await fake.listen();
  t.after(() => listening.close());
  const { store, close } = await openStore(storeOptions);
  t.after(close);
  const server = { accountsServer: listening.accounts, apiDomain: listening.api };
  const time = { now: NOW };
  const client = new OAuthClient({ server: zoho(server), ...CLIENT, clock: () => time.now * 1000 });
  const tokens = await client.exchangeCode(fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE }));
  const manager = new TokenManager(client, store);
  await store.delete("default");
  await manager.save(tokens);
  const advance = (/** @type {number} */ seconds) => {
    time.now += seconds;
    fake.advance(seconds);
  };
  advance(LIFETIME);

  /** Starts a process that waits for `go`. @param {{ callers?: number, crashesBeforeSave?: boolean, speed?: number }} [options] */
  async function member({ callers = 200, crashesBeforeSave = false, speed = 0 } = {}) {
    /** @type {Settings} */
    const settings = { storeOptions, server, now: time.now, callers, crashesBeforeSave, speed };
    const child = fork(PROGRAM, [JSON.stringify(settings)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    t.after(() => child.kill("SIGKILL"));
    const ended = once(child, "exit");
    const [message] = await Promise.race([once(child, "message"), ended]);
    assert.equal(message, "ready");
    const report = once(child, "message").then(([message]) => /** @type {Report} */ (message));
    return {
      go: () => void child.send("go"),
      kill: () => void child.kill("SIGKILL"),
      /** The signal that ended it. */
      ended: () => ended.then(([, signal]) => signal),
      report: () => report,
    };
  }

  return {
    fake,
    manager,
    tokens,
    time,
    advance,
    member,
    /** @param {number} count @param {number} [speed] */
    members: (count, speed = 0) => Promise.all(Array.from({ length: count }, () => member({ speed }))),
    stored: async () => {
      const record = await store.load("default");
      if (!record) throw new Error("the store has no record");
      return record;
    },
    refreshes: () => fake.log.filter(({ grant_type }) => grant_type === "refresh_token").length,
  };
}

/** @typedef {Awaited<ReturnType<typeof fleet>>} Fleet */

/** 8 processes with 200 callers each: one request, and all get its token. @param {Fleet} fleet */
export async function assertOneRequest({ members, refreshes, stored, tokens, time }) {
  const processes = await members(8);
  for (const { go } of processes) go();
  const reports = await Promise.all(processes.map((process) => process.report()));
  const { access_token, refresh_token } = (await stored()).tokens;
  assert.deepEqual(reports, Array(8).fill({ tokens: { [access_token]: 200 }, errors: {} }));
  assert.equal(refreshes(), 1);
  assert.notEqual(access_token, tokens.access_token);
  assert.equal(refresh_token, tokens.refresh_token);
  const { requests, refreshing_since } = await stored();
  assert.deepEqual([requests, refreshing_since], [[time.now], undefined]);
}

/** How fast the clocks of processes run that wait for a mark to end, which takes half a minute. */
export const SPEED = 50;
const LEASE = 30;

/** A process is killed while it holds the lock and its request is in flight: the others refresh. @param {Fleet} fleet */
export async function assertRecoversFromKill({ fake, member, members, refreshes, stored, tokens, time }) {
  // For half a minute the victim may have tokens to save.
  const [victim, others] = await Promise.all([member(), members(7, SPEED)]);
  fake.fail("token", "slow");
  victim.go();
  while (refreshes() === 0) await setImmediate();
  const marked = await stored();
  assert.deepEqual([marked.refreshing_since, marked.tokens], [time.now, { ...tokens }]);
  // Some processes wait for its lock when it dies, and some start later.
  for (const { go } of others.slice(0, 3)) go();
  victim.kill();
  assert.equal(await victim.ended(), "SIGKILL");
  for (const { go } of others.slice(3)) go();
  const reports = await Promise.all(others.map((other) => other.report()));
  const record = await stored();
  const { access_token, refresh_token } = record.tokens;
  assert.deepEqual(reports, Array(7).fill({ tokens: { [access_token]: 200 }, errors: {} }));
  assert.equal(refreshes(), 2);
  assert.equal(refresh_token, tokens.refresh_token);
  assert.deepEqual([record.requests[0], record.requests.length, record.refreshing_since], [time.now, 2, undefined]);
  assert.ok(Number(record.requests[1]) >= time.now + LEASE, `${record.requests}`);
}
