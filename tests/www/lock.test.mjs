// Builds take turns, whatever earlier ones left behind.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { locked } from "../../www/local/lock.mjs";

const folder = await mkdtemp(join(tmpdir(), "grantkit-lock-"));
after(() => rm(folder, { recursive: true }));
const path = join(folder, "lock");

/** The number of a process that is no more. */
async function dead() {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return `${child.pid}`;
}

/** How many were at work at once, of many that want to be. */
async function most() {
  let [now, highest] = [0, 0];
  const work = async () => {
    now += 1;
    highest = Math.max(highest, now);
    for (let turns = 0; turns < 100; turns += 1) await turn();
    now -= 1;
  };
  await Promise.all(Array.from({ length: 6 }, () => locked(path, work)));
  return highest;
}

test("one is at work at a time, and nothing is left", async () => {
  assert.equal(await most(), 1);
  assert.deepEqual(await readdir(folder), []);
});

for (const [whose, pid] of /** @type {const} */ ([
  ["a process that died", await dead()],
  ["an earlier process with this one's number", `${process.pid}`],
])) {
  test(`the lock of ${whose} holds nobody up`, async () => {
    for (let times = 0; times < 3; times += 1) {
      await writeFile(path, `${pid} ${times}`);
      assert.equal(await most(), 1);
    }
    assert.deepEqual(await readdir(folder), []);
  });
}

test("the lock of a process that lives is waited for, and after a while that is said", async () => {
  await writeFile(path, `${process.ppid} 1`);
  /** @type {string[]} */
  const told = [];
  const done = locked(
    path,
    async () => readFile(path, "utf8"),
    (line) => {
      told.push(line);
      rm(path);
    },
  );
  assert.match(await done, new RegExp(`^${process.pid} `));
  assert.deepEqual(told, [`Waiting for the process that ${path} names: remove the file if that does not build.`]);
});
