import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openFileStore } from "../../../pkg/stores/file.js";
import { isGone, thisProcess } from "../../../pkg/stores/process.js";
import { grant } from "./support/expect.mjs";
import { environment, folder } from "./support/folder.mjs";

/** The lock of the key "a": the first half of its SHA-256. */
const KEY_A = "key-ca978112ca1bbdcafac231b39a23dc4d";

const LEFT = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";

/** Leaves the lock of a holder that does not release it. @param {string} path @param {object | string} identity */
async function leaveLock(path, identity) {
  await fs.mkdir(path, { recursive: true });
  await fs.writeFile(join(path, LEFT), typeof identity === "string" ? identity : JSON.stringify(identity));
}

/** The number of a process that has ended. */
async function deadPid() {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return /** @type {number} */ (child.pid);
}

test("a process is identified by its number, its start time and its machine", async () => {
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
onLinux("a zombie process is gone", async () => {
  // The shell becomes a program that never waits for its child.
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
    const env = environment();
    const store = openFileStore(path, env);
    assert.equal(await store.lock("a", () => store.save("a", grant(1), undefined)), true);
    assert.equal(env.timers.now(), 0);
    assert.deepEqual(await fs.readdir(`${path}.locks`), []);
  });

  for (const [owner, identity] of Object.entries({
    "another machine": { pid: 1, space: "elsewhere" },
    "a file that a crash of the machine emptied": "",
    "an unknown program": '"?"',
  })) {
    test(`the lock ${lock} of ${owner} is taken over after a lease without renewal`, async (t) => {
      const path = join(await folder(t), "tokens.json");
      await leaveLock(join(`${path}.locks`, lock), identity);
      const env = environment();
      const store = openFileStore(path, env);
      assert.equal(await store.lock("a", () => store.save("a", grant(1), undefined)), true);
      assert.ok(env.timers.now() >= 30_000 && env.timers.now() < 31_000, `${env.timers.now()}`);
    });
  }
}

test("a holder that renews its lease keeps the lock, even if others cannot see its process", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const env = environment({ isGone: async () => false });
  const [holder, other] = [openFileStore(path, env), openFileStore(path, env)];
  /** @type {string[]} */
  const log = [];
  /** @type {Promise<unknown> | undefined} */
  let waiting;
  await holder.lock("a", async () => {
    waiting = other.lock("a", async () => log.push("other"));
    // Only the waiting store advances the time, so it has tried hundreds of times.
    while (env.timers.now() < 100_000) await new Promise(setImmediate);
    log.push("holder");
  });
  await waiting;
  assert.deepEqual(log, ["holder", "other"]);
  assert.equal(env.timers.repeated(), 0);
});

test("a lock whose file was removed while it was acquired is not held", async (t) => {
  const path = join(await folder(t), "tokens.json");
  let emptied = 0;
  const env = environment({
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
  const store = openFileStore(path, env);
  await store.lock("a", async () => {
    assert.equal((await fs.readdir(join(`${path}.locks`, KEY_A))).length, 1);
  });
  assert.equal(emptied, 2);
});

test("when many stores find a dead holder, one at a time gets the lock", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const dead = { ...(await thisProcess()), pid: await deadPid() };
  const env = environment();
  for (let round = 0; round < 25; round += 1) {
    const name = join(`${path}.locks`, KEY_A);
    await leaveLock(name, dead);
    let inside = 0;
    let runs = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        openFileStore(path, env).lock("a", async () => {
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

test("a holder whose lock was taken over saves what the compare-and-set accepts", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const env = environment();
  const [slow, next] = [openFileStore(path, env), openFileStore(path, environment({ isGone: async () => true }))];
  await slow.save("a", grant(1), undefined);
  await slow.lock("a", async () => {
    await next.lock("a", async () => {
      assert.equal(await slow.save("a", grant(2), 1), true, "these may be the only copy of new tokens");
      assert.equal(await next.save("a", grant(3), 1), false);
      assert.equal(await next.save("a", grant(3), 2), true);
    });
    assert.equal(await slow.save("a", grant(4), 2), false);
  });
});

test("a store does not wait for its own lock that it could not release", async (t) => {
  const path = join(await folder(t), "tokens.json");
  let fails = false;
  const unlink = async (/** @type {import("node:fs").PathLike} */ name) => {
    if (fails && !String(name).endsWith(".tmp")) throw Object.assign(new Error("the disk is busy"), { code: "EIO" });
    return fs.unlink(name);
  };
  const env = environment({ fs: { ...fs, unlink } });
  const store = openFileStore(path, env);
  await store.lock("a", async () => {
    fails = true;
  });
  fails = false;
  const began = env.timers.now();
  assert.equal(await store.lock("a", async () => "second"), "second");
  assert.equal(env.timers.now(), began, "it has not waited");
});

/** Delays the first matching call of a file system, and runs `meanwhile` before it. */
const delaying = (
  /** @type {keyof typeof fs} */ name,
  /** @type {(path: string) => boolean} */ matches,
  /** @type {() => Promise<void>} */ meanwhile,
) => {
  let delayed = false;
  return {
    [name]: async (/** @type {[any, any, any]} */ ...values) => {
      if (!delayed && matches(String(values[0]))) {
        delayed = true;
        await meanwhile();
      }
      return /** @type {any} */ ({ ...fs })[name](...values);
    },
  };
};

for (const [when, name, where] of /** @type {[string, keyof typeof fs, (path: string) => boolean][]} */ ([
  ["before it reads", "open", (path) => path.endsWith("tokens.json")],
  ["before it creates the new file", "open", (path) => path.endsWith(".tmp")],
  ["before it checks its lock", "stat", (path) => /write\/[^.]+$/.test(path)],
  ["before it renames", "rename", (path) => path.endsWith(".tmp")],
])) {
  test(`a writer that is slow ${when} and loses its lock overwrites no other write`, async (t) => {
    const path = join(await folder(t), "tokens.json");
    const fast = openFileStore(path, environment({ isGone: async () => true }));
    await fast.save("a", grant(1), undefined);
    const slow = openFileStore(
      path,
      environment({
        fs: delaying(name, where, async () => {
          assert.equal(await fast.save("b", grant(1), undefined), true);
          assert.equal(await fast.save("a", grant(2), 1), true);
        }),
      }),
    );
    assert.equal(await slow.save("a", grant(3), 1), false);
    assert.deepEqual(await slow.load("a"), grant(2));
    assert.deepEqual(await slow.load("b"), grant(1));
    assert.deepEqual(await fs.readdir(`${path}.locks`), []);
  });

  test(`a writer that is slow ${when} and loses its lock still writes if its record did not change`, async (t) => {
    const path = join(await folder(t), "tokens.json");
    const fast = openFileStore(path, environment({ isGone: async () => true }));
    await fast.save("a", grant(1), undefined);
    const meanwhile = async () => void (await fast.save("b", grant(1), undefined));
    const slow = openFileStore(path, environment({ fs: delaying(name, where, meanwhile) }));
    assert.equal(await slow.save("a", grant(2), 1), true);
    assert.deepEqual(await slow.load("a"), grant(2));
    assert.deepEqual(await slow.load("b"), grant(1));
  });
}

test("files of processes that died while they waited are removed after an hour", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const store = openFileStore(path, environment());
  await store.save("a", grant(1), undefined);
  const [old, young] = [KEY_A, "write"].map((lock) => join(`${path}.locks`, `${lock}.${LEFT}`));
  await leaveLock(/** @type {string} */ (old), {});
  await leaveLock(/** @type {string} */ (young), {});
  const before = new Date(Date.now() - 3_700_000);
  await fs.utimes(/** @type {string} */ (old), before, before);
  await store.save("a", grant(2), 1);
  assert.deepEqual(await fs.readdir(`${path}.locks`), [`write.${LEFT}`]);
});
