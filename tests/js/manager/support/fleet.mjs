// Processes that share one grant over one store, and a fake Zoho on loopback that counts what they ask.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { OAuthClient, TokenManager, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { openStore } from "./fleet-stores.mjs";
import { CLIENT, LIFE, NOW, SCOPE } from "./world.mjs";

/**
 * @typedef {object} Orders
 * @property {import("./fleet-stores.mjs").Place} place
 * @property {NonNullable<Parameters<typeof zoho>[0]>} server
 * @property {number} now
 * @property {number} callers
 * @property {boolean} [dies] by its own hand, between answer and save
 */

/** How often it got each token, and each error. @typedef {{ tokens: Record<string, number>, errors: Record<string, number> }} Said */

const PROGRAM = fileURLToPath(new URL("member.mjs", import.meta.url));

/**
 * A grant whose access token has expired, and processes to ask for another.
 *
 * @param {import("node:test").TestContext} t
 * @param {import("./fleet-stores.mjs").Place} place
 */
export async function fleet(t, place) {
  const fake = await fakeZoho({ now: NOW, seed: 7 });
  const listening = await fake.listen();
  t.after(() => listening.close());
  const { store, close } = await openStore(place);
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
  advance(LIFE);

  /** Starts a process that waits for `go`. @param {{ callers?: number, dies?: boolean }} [orders] */
  async function member({ callers = 200, dies = false } = {}) {
    /** @type {Orders} */
    const orders = { place, server, now: time.now, callers, dies };
    const child = fork(PROGRAM, [JSON.stringify(orders)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    t.after(() => child.kill("SIGKILL"));
    const ended = once(child, "exit");
    const [word] = await Promise.race([once(child, "message"), ended]);
    assert.equal(word, "ready");
    const said = once(child, "message").then(([message]) => /** @type {Said} */ (message));
    return {
      go: () => void child.send("go"),
      kill: () => void child.kill("SIGKILL"),
      /** The signal that ended it. */
      ended: () => ended.then(([, signal]) => signal),
      said: () => said,
    };
  }

  return {
    fake,
    manager,
    tokens,
    time,
    advance,
    member,
    /** @param {number} count */
    members: (count) => Promise.all(Array.from({ length: count }, () => member())),
    stored: async () => {
      const record = await store.load("default");
      if (!record) throw new Error("the store has no record");
      return record;
    },
    refreshes: () => fake.log.filter(({ grant_type }) => grant_type === "refresh_token").length,
  };
}

/** @typedef {Awaited<ReturnType<typeof fleet>>} Fleet */

/** 8 processes, 200 callers each: one request, 1600 times the same token. @param {Fleet} fleet */
export async function askAtOnce({ members, refreshes, stored, tokens, time }) {
  const processes = await members(8);
  for (const { go } of processes) go();
  const said = await Promise.all(processes.map((process) => process.said()));
  const { access_token, refresh_token } = (await stored()).tokens;
  assert.deepEqual(said, Array(8).fill({ tokens: { [access_token]: 200 }, errors: {} }));
  assert.equal(refreshes(), 1);
  assert.notEqual(access_token, tokens.access_token);
  assert.equal(refresh_token, tokens.refresh_token);
  const { requests, refreshing_since } = await stored();
  assert.deepEqual([requests, refreshing_since], [[time.now], undefined]);
}

/** A process is killed while it holds the lock and its request is in flight: the others go on. @param {Fleet} fleet */
export async function killTheHolder({ fake, member, members, refreshes, stored, tokens, time }) {
  const [victim, others] = await Promise.all([member(), members(7)]);
  fake.fail("token", "slow");
  victim.go();
  while (refreshes() === 0) await setTimeout(5);
  const marked = await stored();
  assert.deepEqual([marked.refreshing_since, marked.tokens], [time.now, { ...tokens }]);
  // Some wait for its lock already when it dies, and some come later.
  for (const { go } of others.slice(0, 3)) go();
  victim.kill();
  assert.equal(await victim.ended(), "SIGKILL");
  for (const { go } of others.slice(3)) go();
  const said = await Promise.all(others.map((other) => other.said()));
  const record = await stored();
  const { access_token, refresh_token } = record.tokens;
  assert.deepEqual(said, Array(7).fill({ tokens: { [access_token]: 200 }, errors: {} }));
  assert.equal(refreshes(), 2);
  assert.equal(refresh_token, tokens.refresh_token);
  assert.deepEqual([record.requests, record.refreshing_since], [[time.now, time.now], undefined]);
}
