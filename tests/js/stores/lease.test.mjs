import assert from "node:assert/strict";
import { test } from "node:test";
import { underLease } from "../../../pkg/stores/lease.js";
import { assertFails } from "./support/expect.mjs";
import { virtualTimers } from "./support/timers.mjs";

/** A lease that logs its renewals and releases. @param {Partial<import("../../../pkg/stores/lease.js").Lease<string>>} [changes] */
function loggedLease(changes) {
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

test("a lease is renewed after each third of its time and released once", async () => {
  const { lease, log, timers } = loggedLease();
  const value = await underLease(lease, timers, new Map(), async (held) => {
    log.push(`run ${held}`);
    await timers.sleep(250);
    return "value";
  });
  assert.equal(value, "value");
  assert.deepEqual(log, ["run held", "renew held", "renew held", "release held"]);
  assert.equal(timers.repeated(), 0);
});

test("a lease is released when run fails, and the error is that of run", async () => {
  const { lease, log, timers } = loggedLease();
  const reason = new Error("run failed");
  await assert.rejects(
    underLease(lease, timers, new Map(), () => Promise.reject(reason)),
    reason,
  );
  await assert.rejects(
    underLease(lease, timers, new Map(), () => {
      throw reason;
    }),
    reason,
  );
  assert.deepEqual(log, ["release held", "release held"]);
  assert.equal(timers.repeated(), 0);
});

test("a lost lease is not renewed again", async () => {
  let renewals = 0;
  const { lease, timers } = loggedLease({ renew: async () => ++renewals < 2 });
  await underLease(lease, timers, new Map(), async () => {
    await timers.sleep(1000);
    assert.equal(timers.repeated(), 0);
  });
  assert.equal(renewals, 2);
});

test("a failed renewal is tried again, and a pending renewal is not repeated", async () => {
  let renewals = 0;
  const failing = loggedLease({ renew: async () => Promise.reject(new Error(`${++renewals}`)) });
  await underLease(failing.lease, failing.timers, new Map(), () => failing.timers.sleep(350));
  assert.equal(renewals, 3);

  let started = 0;
  const hanging = loggedLease({ renew: () => new Promise(() => (started += 1)) });
  const { sleep, every } = hanging.timers;
  hanging.timers.every = (ms, tick) => every(ms, () => void tick());
  await underLease(hanging.lease, hanging.timers, new Map(), () => sleep(1000));
  assert.equal(started, 1);
});

test("a failed release does not change the result of run", async () => {
  const { lease, timers } = loggedLease({ release: () => Promise.reject(new Error("gone")) });
  assert.equal(await underLease(lease, timers, new Map(), async () => "value"), "value");
});

test("a waiter tries again with longer and longer pauses, and gives up in the end", async () => {
  /** @type {number[]} */
  const times = [];
  const { lease, log, timers } = loggedLease({
    acquire: async () => {
      times.push(timers.now());
      return undefined;
    },
  });
  const error = await assertFails(
    underLease(lease, timers, new Map(), async () => log.push("ran")),
    "store",
    /^The lock has been held by another process for 120 seconds: call again/,
  );
  assert.equal(error.retryable, true);
  assert.deepEqual(log, []);
  const pauses = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  assert.ok(pauses.every((pause, at) => pause <= Math.min(4 * 2 ** at, 250) && pause >= Math.min(2 * 2 ** at, 125)));
  assert.ok((times.at(-1) ?? 0) >= 120_000);
  assert.ok(new Set(pauses).size > pauses.length / 2, "jitter");
});

test("an error of acquire is thrown unchanged", async () => {
  const broken = new Error("broken");
  const { lease, timers } = loggedLease({ acquire: () => Promise.reject(broken) });
  await assert.rejects(
    underLease(lease, timers, new Map(), async () => assert.fail("ran")),
    broken,
  );
});

test("a lease whose release failed is taken again if it is still held, else acquired", async () => {
  for (const isHeld of [true, false]) {
    /** @type {string[]} */
    const log = [];
    const { lease, timers } = loggedLease({
      acquire: async () => {
        log.push("acquire");
        return "held";
      },
      renew: async () => {
        log.push("renew");
        return isHeld;
      },
      release: async () => {
        log.push("release");
        if (log.length === 2) throw new Error("the server is busy");
      },
    });
    const kept = new Map();
    for (let run = 0; run < 3; run += 1) await underLease(lease, timers, kept, async () => {});
    const second = isHeld ? ["renew"] : ["renew", "acquire"];
    assert.deepEqual(log, ["acquire", "release", ...second, "release", "acquire", "release"]);
    assert.equal(kept.size, 0);
  }
});
