// That the benchmark runs and each contender answers rightly; nothing here is a time.

import assert from "node:assert/strict";
import test from "node:test";
import { ROWS } from "./rows.mjs";
import { generator, isEqual, shuffled, spread } from "./support/statistics.mjs";

for (const row of ROWS) {
  test(row.title, async () => {
    const { head, lines, aims } = await row.run({
      rounds: 1,
      sampleMs: 0,
      parts: 1,
      random: generator(1),
      isCheck: true,
    });
    assert.ok(lines.length > 0 && lines.every((line) => line.length === head.length));
    for (const { aim, seen, isReached, isDuty } of aims) if (isDuty) assert.ok(isReached, `${aim}; ${seen}`);
  });
}

test("quartiles lie between neighbours, and around 1 mean equal", () => {
  assert.deepEqual(spread([4, 1, 3, 2]), { low: 1.75, median: 2.5, high: 3.25 });
  assert.deepEqual(spread([5]), { low: 5, median: 5, high: 5 });
  assert.equal(isEqual({ low: 0.99, median: 1.2, high: 1.3 }), true);
  assert.equal(isEqual({ low: 1.01, median: 1.2, high: 1.3 }), false);
  assert.equal(isEqual({ low: 0.8, median: 0.9, high: 0.99 }), false);
});

test("an order drawn has every contender once, each in every place, and is the same for a seed", () => {
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
      assert.ok(often > 60 && often < 140, `${name} came ${often} times in place ${place}`);
    }
  }
});
