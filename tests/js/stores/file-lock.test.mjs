import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openFileStore } from "../../../pkg/stores/file.js";
import { isGone, thisProcess } from "../../../pkg/stores/process.js";
import { failure, grant } from "./support/expect.mjs";
import { environment, folder } from "./support/folder.mjs";

/** The lock of the key "a": half of its SHA-256. */
const KEY_A = "key-ca978112ca1bbdcafac231b39a23dc4d";

/** A holder that is never heard of again. @param {string} path @param {object | string} identity */
async function leaveLock(path, identity) {
  await fs.mkdir(path, { recursive: true });
  await fs.writeFile(join(path, "left"), typeof identity === "string" ? identity : JSON.stringify(identity));
}

/** A number that was a process's. */
async function deadPid() {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return /** @type {number} */ (child.pid);
}

test("a process is known by its number, its start and its machine", async () => {
  const self = await thisProcess();
  assert.equal(self.pid, process.pid);
  assert.equal(await isGone(self), false);
  assert.equal(await isGone({ ...self, pid: await deadPid() }), true);
  assert.equal(await isGone({ ...self, pid: await deadPid(), space: "another machine" }), false);
  if (process.platform === "linux") {
    assert.equal(await isGone({ ...self, started: "1" }), true);
    assert.equal(await isGone({ pid: 1, space: self.space }), false);
  }
});

const onLinux = process.platform === "linux" ? test : () => {};
onLinux("a process that was killed and not yet buried is gone", async () => {
  // The shell becomes a program that never asks for its child.
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [line] = await once(parent.stdout, "data");
    const pid = Number(String(line));
    const until = async (/** @type {string} */ file, /** @type {string} */ text) => {
      while (!(await fs.readFile(`/proc/${file}`, "utf8")).includes(text)) await new Promise(setImmediate);
    };
    await until(`${parent.pid}/comm`, "sleep");
    const { started: _, ...self } = await thisProcess();
    assert.equal(await isGone({ ...self, pid }), false);
    process.kill(pid, "SIGKILL");
    await until(`${pid}/stat`, ") Z ");
    assert.equal(await isGone({ ...self, pid }), true);
  } finally {
    parent.kill("SIGKILL");
  }
});

for (const lock of ["write", KEY_A]) {
  test(`the lock ${lock} of a dead process is taken over at once`, async (t) => {
    const path = join(await folder(t), "tokens.json");
    await leaveLock(join(`${path}.locks`, lock), { ...(await thisProcess()), pid: await deadPid() });
    const here = environment();
    const store = openFileStore(path, here);
    assert.equal(await store.lock("a", () => store.save("a", grant(1), undefined)), true);
    assert.equal(here.timers.now(), 0);
    assert.deepEqual(await fs.readdir(`${path}.locks`), []);
  });

  for (const [whose, identity] of Object.entries({
    "another machine": { pid: 1, space: "elsewhere" },
    "a crash of the machine that emptied it": "",
    "an unknown program": '"?"',
  })) {
    test(`the lock ${lock} of ${whose} is taken over after a lease without a sign of life`, async (t) => {
      const path = join(await folder(t), "tokens.json");
      await leaveLock(join(`${path}.locks`, lock), identity);
      const here = environment();
      const store = openFileStore(path, here);
      assert.equal(await store.lock("a", () => store.save("a", grant(1), undefined)), true);
      assert.ok(here.timers.now() >= 30_000 && here.timers.now() < 31_000, `${here.timers.now()}`);
    });
  }
}

test("a holder that renews its lease keeps it from those who cannot see its process", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const here = environment({ isGone: async () => false });
  const [holder, other] = [openFileStore(path, here), openFileStore(path, here)];
  /** @type {string[]} */
  const log = [];
  /** @type {Promise<unknown> | undefined} */
  let waiting;
  await holder.lock("a", async () => {
    waiting = other.lock("a", async () => log.push("other"));
    // Time passes only where the other one waits, so it has looked hundreds of times.
    while (here.timers.now() < 100_000) await new Promise(setImmediate);
    log.push("holder");
  });
  await waiting;
  assert.deepEqual(log, ["holder", "other"]);
  assert.equal(here.timers.repeated(), 0);
});

test("a lock whose holder's name was tidied away on the way is not held", async (t) => {
  const path = join(await folder(t), "tokens.json");
  let emptied = 0;
  const here = environment({
    fs: {
      rename: async (from, to) => {
        if (emptied < 2) {
          emptied += 1;
          for (const name of await fs.readdir(from)) await fs.unlink(join(String(from), name));
        }
        await fs.rename(from, to);
      },
    },
  });
  const store = openFileStore(path, here);
  await store.lock("a", async () => {
    assert.equal((await fs.readdir(join(`${path}.locks`, KEY_A))).length, 1);
  });
  assert.equal(emptied, 2);
});

test("of many who find a dead holder, one at a time gets the lock", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const dead = { ...(await thisProcess()), pid: await deadPid() };
  const here = environment();
  for (let round = 0; round < 25; round += 1) {
    const name = join(`${path}.locks`, KEY_A);
    await leaveLock(name, dead);
    let inside = 0;
    let runs = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        openFileStore(path, here).lock("a", async () => {
          inside += 1;
          assert.equal(inside, 1);
          for (let wait = 0; wait < 5; wait += 1) await fs.stat(path).catch(() => {});
          inside -= 1;
          runs += 1;
        }),
      ),
    );
    assert.equal(runs, 8);
  }
});

test("a holder whose lock was taken over saves and deletes nothing, as long as it runs", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const here = environment();
  const [slow, next] = [openFileStore(path, here), openFileStore(path, environment({ isGone: async () => true }))];
  await slow.save("a", grant(1), undefined);
  await slow.save("b", grant(1), undefined);
  const message = /the lock of "a" was taken over.*Load the record and try again/;
  await slow.lock("a", async () => {
    await next.lock("a", async () => {
      // The version is still the expected one, so the compare-and-set alone would let it pass.
      const error = await failure(slow.save("a", grant(2), 1), "store", message);
      assert.equal(error.retryable, true);
      await failure(slow.delete("a"), "store", message);
      assert.equal(await slow.save("b", grant(2), 1), true);
      assert.equal(await next.save("a", grant(3), 1), true);
    });
    await failure(slow.save("a", grant(4), 3), "store", message);
  });
  assert.equal(await slow.save("a", grant(5), 3), true);
});

/** Stops one call of a file system before it, and does something meanwhile. */
const stalling = (
  /** @type {keyof typeof fs} */ name,
  /** @type {(path: string) => boolean} */ where,
  /** @type {() => Promise<void>} */ meanwhile,
) => {
  let stalled = false;
  return {
    [name]: async (/** @type {[any, any, any]} */ ...values) => {
      if (!stalled && where(String(values[0]))) {
        stalled = true;
        await meanwhile();
      }
      return /** @type {any} */ ({ ...fs })[name](...values);
    },
  };
};

for (const [when, name, where] of /** @type {[string, keyof typeof fs, (path: string) => boolean][]} */ ([
  ["before it reads", "readFile", (path) => path.endsWith("tokens.json")],
  ["before it makes the new content", "open", (path) => path.endsWith(".tmp")],
  ["before it looks whether its lock is still there", "stat", (path) => /write\/[^.]+$/.test(path)],
  ["before it renames", "rename", (path) => path.endsWith(".tmp")],
])) {
  test(`a writer that is slow ${when} and is taken for dead loses nobody's write`, async (t) => {
    const path = join(await folder(t), "tokens.json");
    const hasty = openFileStore(path, environment({ isGone: async () => true }));
    await hasty.save("a", grant(1), undefined);
    const slow = openFileStore(
      path,
      environment({
        fs: stalling(name, where, async () => {
          assert.equal(await hasty.save("b", grant(1), undefined), true);
          assert.equal(await hasty.save("a", grant(2), 1), true);
        }),
      }),
    );
    assert.equal(await slow.save("a", grant(3), 1), false);
    assert.deepEqual(await slow.load("a"), grant(2));
    assert.deepEqual(await slow.load("b"), grant(1));
    assert.deepEqual(await fs.readdir(`${path}.locks`), []);
  });

  test(`a writer that is slow ${when} writes after all where nobody else changed its record`, async (t) => {
    const path = join(await folder(t), "tokens.json");
    const hasty = openFileStore(path, environment({ isGone: async () => true }));
    await hasty.save("a", grant(1), undefined);
    const meanwhile = async () => void (await hasty.save("b", grant(1), undefined));
    const slow = openFileStore(path, environment({ fs: stalling(name, where, meanwhile) }));
    assert.equal(await slow.save("a", grant(2), 1), true);
    assert.deepEqual(await slow.load("a"), grant(2));
    assert.deepEqual(await slow.load("b"), grant(1));
  });
}

test("what processes left that died while they waited is removed after an hour", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const store = openFileStore(path, environment());
  await store.save("a", grant(1), undefined);
  const [old, young] = ["write.old", "write.young"].map((name) => join(`${path}.locks`, name));
  await leaveLock(/** @type {string} */ (old), {});
  await leaveLock(/** @type {string} */ (young), {});
  const before = new Date(Date.now() - 3_700_000);
  await fs.utimes(/** @type {string} */ (old), before, before);
  await store.save("a", grant(2), 1);
  assert.deepEqual(await fs.readdir(`${path}.locks`), ["write.young"]);
});
