// The benchmark runs, and the results of each contender are right. No test asserts a time.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { BEFORE } from "./contenders/grantkit.mjs";
import { ROWS } from "./rows.mjs";
import { installBefore } from "./support/before.mjs";
import { pooled } from "./support/compare.mjs";
import { PACKAGE, pack } from "./support/installed.mjs";
import { changeTable } from "./support/report.mjs";
import { isTooSlow, verdict } from "./support/row.mjs";
import { measure } from "./support/sampler.mjs";
import { generator, isEqual, shuffled, spread } from "./support/statistics.mjs";

const folder = await mkdtemp(join(tmpdir(), "grantkit-bench-"));
after(() => rm(folder, { recursive: true }));
const { path: tarball } = await pack(PACKAGE, folder);
const before = await installBefore(tarball, folder);

const plan = () => ({ rounds: 1, sampleMs: 0, parts: 1, random: generator(1), isCheck: true });

/** @param {import("./support/row.mjs").Outcome} outcome */
function check({ head, lines, aims }) {
  assert.ok(lines.length > 0 && lines.every((line) => line.length === head.length));
  for (const { aim, result, isReached, isRequired } of aims) if (isRequired) assert.ok(isReached, `${aim}; ${result}`);
}

for (const row of ROWS) {
  test(`${row.title}, with an older package`, async () => {
    const outcome = await row.run({ ...plan(), before });
    check(outcome);
    assert.equal((outcome.changes ?? []).length > 0, !row.isUntimed, "whether times are compared");
    assert.ok(outcome.lines.some(([name]) => name?.includes("(before)")));
  });
}

for (const row of ROWS.filter(({ name }) => ["authorize", "access-token"].includes(name))) {
  test(`${row.title}, without an older package`, async () => {
    const outcome = await row.run(plan());
    check(outcome);
    assert.deepEqual(outcome.changes, []);
    assert.ok(!outcome.lines.some(([name]) => name === BEFORE));
  });
}

test("an older package comes from the tarball, and is installed once", async () => {
  assert.notEqual(before.library.OAuthClient, (await import("grantkit")).OAuthClient);
  assert.ok(before.folder.startsWith(folder));
  assert.equal((await installBefore(tarball, folder)).library, before.library);
});

/**
 * Entrants whose calls take as long as the clock of the test says: `slowdown` times as long for today's package, and more
 * for both while the machine is busy.
 *
 * @param {number} slowdown
 */
function simulated(slowdown) {
  /** @type {string[]} */
  const order = [];
  let sample = 0;
  const entrant = (/** @type {string} */ name, /** @type {number} */ factor) => ({
    name,
    async sample(/** @type {number} */ calls) {
      order.push(name);
      sample += 1;
      return calls * factor * (1 + (sample % 7) / 7);
    },
  });
  const entrants = [
    entrant("grantkit", slowdown),
    { ...entrant(BEFORE, 1), pairOf: "grantkit" },
    entrant("another library", 3),
  ];
  return { order, entrants };
}

for (const { slowdown, expected } of [
  { slowdown: 1, expected: "equal" },
  { slowdown: 1.2, expected: "slower by more than 10 %" },
  { slowdown: 0.8, expected: "faster" },
]) {
  test(`today's package at ${slowdown} of the time before is ${expected}`, async () => {
    const options = { rounds: 1, sampleMs: 100, isPair: true };
    const found = [];
    for (let seed = 1; seed <= 15; seed += 1) {
      const measured = await measure(simulated(slowdown).entrants, { ...options, random: generator(seed) });
      found.push(...measured.flatMap(({ change }) => change ?? []));
    }
    const [change, ...more] = pooled(found);
    assert.ok(change && more.length === 0);
    assert.ok(Math.abs(change.ratio.median / slowdown - 1) < 0.05, `${change.ratio.median}`);
    assert.equal(verdict(change.ratio), expected);
    assert.equal(isTooSlow(change.ratio), slowdown > 1.1);
    assert.match(changeTable([{ title: "a row", change }]), new RegExp(`a row: grantkit .* ${expected}`));
  });
}

test("the limit is passed when both quartiles are above it", () => {
  assert.equal(isTooSlow({ low: 1.11, median: 1.2, high: 1.3 }), true);
  assert.equal(isTooSlow({ low: 1.1, median: 1.2, high: 1.3 }), false);
  assert.equal(verdict({ low: 1.01, median: 1.2, high: 1.3 }), "slower");
});

test("the samples of two packages alternate, and only those are taken for a pair", async () => {
  const { order, entrants } = simulated(1);
  const measured = await measure(entrants, { rounds: 2, sampleMs: 1, parts: 10, isPair: true, random: generator(3) });
  assert.deepEqual(
    measured.map(({ values }) => values.length),
    [2, 2, 0],
  );
  const samples = order.slice(-40);
  for (let part = 0; part < 40; part += 2) {
    assert.deepEqual([samples[part], samples[part + 1]].sort(), ["grantkit", BEFORE]);
  }
  assert.ok(!order.includes("another library"));
});

test("quartiles are interpolated, and quartiles on both sides of 1 mean equal", () => {
  assert.deepEqual(spread([4, 1, 3, 2]), { low: 1.75, median: 2.5, high: 3.25 });
  assert.deepEqual(spread([5]), { low: 5, median: 5, high: 5 });
  assert.equal(isEqual({ low: 0.99, median: 1.2, high: 1.3 }), true);
  assert.equal(isEqual({ low: 1.01, median: 1.2, high: 1.3 }), false);
  assert.equal(isEqual({ low: 0.8, median: 0.9, high: 0.99 }), false);
});

test("a random order has every contender once, puts each in every place, and is the same for a seed", () => {
  const names = ["a", "b", "c", "d"];
  const orders = (/** @type {number} */ seed) => {
    const random = generator(seed);
    return Array.from({ length: 400 }, () => shuffled(names, random));
  };
  const drawn = orders(7);
  assert.deepEqual(orders(7), drawn);
  for (const order of drawn) assert.deepEqual(order.toSorted(), names);
  for (const [place] of names.entries()) {
    for (const name of names) {
      const often = drawn.filter((order) => order[place] === name).length;
      assert.ok(often > 60 && often < 140, `${name} was ${often} times in place ${place}`);
    }
  }
});
