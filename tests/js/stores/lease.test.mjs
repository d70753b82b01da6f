import assert from "node:assert/strict";
import { test } from "node:test";
import { underLease } from "../../../pkg/stores/lease.js";
import { failure } from "./support/expect.mjs";
import { virtualTimers } from "./support/timers.mjs";

/** A lease that says what was done with it. @param {Partial<import("../../../pkg/stores/lease.js").Lease<string>>} [changes] */
function watched(changes) {
  /** @type {string[]} */
  const log = [];
  const lease = {
    name: "The lock",
    leaseMs: 300,
    acquire: async () => "held",
    renew: async (/** @type {string} */ held) => {
      log.push(`renew ${held}`);
      return true;
    },
    release: async (/** @type {string} */ held) => void log.push(`release ${held}`),
    ...changes,
  };
  return { lease, log, timers: virtualTimers() };
}

test("it is renewed at every third, given back once, and then left alone", async () => {
  const { lease, log, timers } = watched();
  const value = await underLease(lease, timers, async (held) => {
    log.push(`run ${held}`);
    await timers.sleep(250);
    return "value";
  });
  assert.equal(value, "value");
  assert.deepEqual(log, ["run held", "renew held", "renew held", "release held"]);
  assert.equal(timers.repeated(), 0);
});

test("it is given back when run fails, and the error is run's own", async () => {
  const { lease, log, timers } = watched();
  const mine = new Error("mine");
  await assert.rejects(
    underLease(lease, timers, () => Promise.reject(mine)),
    mine,
  );
  await assert.rejects(
    underLease(lease, timers, () => {
      throw mine;
    }),
    mine,
  );
  assert.deepEqual(log, ["release held", "release held"]);
  assert.equal(timers.repeated(), 0);
});

test("one that is lost is renewed no more", async () => {
  let renewals = 0;
  const { lease, timers } = watched({ renew: async () => ++renewals < 2 });
  await underLease(lease, timers, async () => {
    await timers.sleep(1000);
    assert.equal(timers.repeated(), 0);
  });
  assert.equal(renewals, 2);
});

test("a renewal that fails is tried again, and one that hangs is not doubled", async () => {
  let renewals = 0;
  const failing = watched({ renew: async () => Promise.reject(new Error(`${++renewals}`)) });
  await underLease(failing.lease, failing.timers, () => failing.timers.sleep(350));
  assert.equal(renewals, 3);

  let begun = 0;
  const hanging = watched({ renew: () => new Promise(() => (begun += 1)) });
  const { sleep, every } = hanging.timers;
  hanging.timers.every = (ms, tick) => every(ms, () => void tick());
  await underLease(hanging.lease, hanging.timers, () => sleep(1000));
  assert.equal(begun, 1);
});

test("what cannot be given back takes nothing from what run did", async () => {
  const { lease, timers } = watched({ release: () => Promise.reject(new Error("gone")) });
  assert.equal(await underLease(lease, timers, async () => "value"), "value");
});

test("who waits tries again, ever less often, and in the end gives up", async () => {
  /** @type {number[]} */
  const times = [];
  const { lease, log, timers } = watched({
    acquire: async () => {
      times.push(timers.now());
      return undefined;
    },
  });
  const error = await failure(
    underLease(lease, timers, async () => log.push("ran")),
    "store",
    /^The lock has been held by another for 120 seconds\. Call again/,
  );
  assert.equal(error.retryable, true);
  assert.deepEqual(log, []);
  const pauses = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  assert.ok(pauses.every((pause, at) => pause <= Math.min(4 * 2 ** at, 250) && pause >= Math.min(2 * 2 ** at, 125)));
  assert.ok((times.at(-1) ?? 0) >= 120_000);
  assert.ok(new Set(pauses).size > pauses.length / 2, "jitter");
});

test("an error on the way to it is passed on", async () => {
  const broken = new Error("broken");
  const { lease, timers } = watched({ acquire: () => Promise.reject(broken) });
  await assert.rejects(
    underLease(lease, timers, async () => assert.fail("ran")),
    broken,
  );
});
