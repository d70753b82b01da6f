// The lock file of builds, also when another process has left one behind.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { withLockFile } from "../../www/local/lock.mjs";

const folder = await mkdtemp(join(tmpdir(), "grantkit-lock-"));
after(() => rm(folder, { recursive: true }));
const path = join(folder, "lock");

/** The id of a process that has ended. */
async function endedProcess() {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return `${child.pid}`;
}

/** Starts six functions with the same lock, and returns how many ran at once. */
async function maxConcurrency() {
  let [running, highest] = [0, 0];
  const work = async () => {
    running += 1;
    highest = Math.max(highest, running);
    for (let turns = 0; turns < 100; turns += 1) await nextTurn();
    running -= 1;
  };
  await Promise.all(Array.from({ length: 6 }, () => withLockFile(path, work)));
  return highest;
}

test("one function runs at a time, and no file is left", async () => {
  assert.equal(await maxConcurrency(), 1);
  assert.deepEqual(await readdir(folder), []);
});

for (const [owner, pid] of /** @type {const} */ ([
  ["a process that has ended", await endedProcess()],
  ["an ended process with this one's id", `${process.pid}`],
])) {
  test(`the lock of ${owner} is removed`, async () => {
    for (let times = 0; times < 3; times += 1) {
      await writeFile(path, `${pid} ${times}`);
      assert.equal(await maxConcurrency(), 1);
    }
    assert.deepEqual(await readdir(folder), []);
  });
}

test("a long wait for the lock of a running process is reported", async () => {
  await writeFile(path, `${process.ppid} 1`);
  /** @type {string[]} */
  const lines = [];
  const done = withLockFile(
    path,
    async () => readFile(path, "utf8"),
    (line) => {
      lines.push(line);
      rm(path);
    },
  );
  assert.match(await done, new RegExp(`^${process.pid} `));
  assert.deepEqual(lines, [
    `Waiting for the process named in ${path}: remove the file if that process is not a build.`,
  ]);
});
