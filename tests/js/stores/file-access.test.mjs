// What is at the path of a file store, and to whom it belongs, on a real file system.
import assert from "node:assert/strict";
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fileStore } from "../../../pkg/node.js";
import { openFileStore } from "../../../pkg/stores/file.js";
import { assertFails, grant } from "./support/expect.mjs";
import { environment, folder } from "./support/folder.mjs";

const mkfifo = (/** @type {string} */ path) => promisify(execFile)("mkfifo", [path]);
const onPosix = process.platform === "win32" ? test.skip : test;
const asRoot = process.getuid?.() === 0 ? test : test.skip;

const USER = 23_456;
const UUID = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";
const OTHER_UUID = "2b4e28ba-2fa1-41d2-883f-0016d3cca427";
const KEY_A = "key-ca978112ca1bbdcafac231b39a23dc4d";
const HOURS_AGO = new Date(Date.now() - 9_999_999);

/** @param {string} path */
const modeOf = async (path) => ((await fs.stat(path)).mode & 0o777).toString(8);

/** @param {string} path */
const ownerOf = async (path) => (await fs.lstat(path)).uid;

/** Writes files that were last changed hours ago. @param {string} top @param {string[]} names */
async function oldFiles(top, names) {
  for (const name of names) {
    const path = join(top, name);
    await fs.mkdir(dirname(path), { recursive: true });
    await fs.writeFile(path, "mine");
    await fs.utimes(path, HOURS_AGO, HOURS_AGO);
  }
  for (const entry of await fs.readdir(top, { recursive: true }))
    await fs.utimes(join(top, entry), HOURS_AGO, HOURS_AGO);
  return [...names].sort();
}

/** The files under a folder. @param {string} top */
async function filesIn(top) {
  const entries = await fs.readdir(top, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(top.length + 1))
    .sort();
}

/** Every call that uses the folder of the locks. @param {import("grantkit").TokenStore} store */
const locking = (store) => [
  () => store.save("a", grant(2), 1),
  () => store.delete("a"),
  () => store.lock?.("a", async () => assert.fail("it ran")),
];

/** Runs as-user.mjs. @param {string} path @param {number} user @param {string} umask */
async function asUser(path, user, umask) {
  const program = fileURLToPath(new URL("support/as-user.mjs", import.meta.url));
  const child = fork(program, [path, String(user), umask]);
  const [result] = await once(child, "message");
  return result;
}

test("a folder of locks that is a link is not followed, and nothing in it is removed", async (t) => {
  const top = await folder(t);
  const path = join(top, "tokens.json");
  await fileStore(path).save("a", grant(1), undefined);
  await fs.rmdir(`${path}.locks`);
  const mine = await oldFiles(join(top, "mine"), ["notes.txt", `write.${UUID}/${UUID}`, `write/${UUID}`]);
  await fs.symlink("mine", `${path}.locks`);
  for (const call of locking(fileStore(path))) {
    const error = await assertFails(
      call,
      "store",
      /tokens\.json\.locks is a link, and was not followed: remove it, or/,
    );
    assert.equal(error.retryable, false);
  }
  assert.deepEqual(await filesIn(join(top, "mine")), mine);
  assert.deepEqual(await fileStore(path).load("a"), grant(1));
});

test("in a folder of locks that is the user's own, only what grantkit made is removed", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const locks = `${path}.locks`;
  const mine = await oldFiles(locks, [
    "notes.txt",
    "project.d/main.c",
    `backup.${UUID}/${UUID}`,
    `write.old/${UUID}`,
    `write.${UUID}/notes.txt`,
    `write.${UUID}.bak/${UUID}`,
    `key-1.${UUID}/${UUID}`,
    `my${KEY_A}.${UUID}/${UUID}`,
    // A file, where grantkit makes a directory.
    `${KEY_A}.${UUID}`,
  ]);
  const made = "key-00000000000000000000000000000000";
  await oldFiles(locks, [...mine, `${made}.${UUID}/${UUID}`]);
  const linked = await oldFiles(join(dirname(locks), "linked"), [OTHER_UUID]);
  await fs.symlink("../linked", join(locks, `write.${OTHER_UUID}`));
  await fs.lutimes(join(locks, `write.${OTHER_UUID}`), HOURS_AGO, HOURS_AGO);
  assert.equal(await fileStore(path).save("a", grant(1), undefined), true);
  assert.deepEqual(await filesIn(locks), [...mine, `write.${OTHER_UUID}`].sort());
  assert.deepEqual(await filesIn(join(dirname(locks), "linked")), linked);
});

for (const lock of ["write", KEY_A]) {
  test(`what is not a lock at ${lock} is named, and not changed`, async (t) => {
    const top = await folder(t);
    const path = join(top, "tokens.json");
    const at = join(`${path}.locks`, lock);
    const use = () => fileStore(path).lock?.("a", () => fileStore(path).save("a", grant(1), undefined));
    const message =
      /\.locks\/\S+ was not made by grantkit, and was not changed: move it elsewhere, or give another path$/;

    const linked = await oldFiles(join(top, "mine"), [UUID, `${UUID}.tmp`]);
    await fs.mkdir(`${path}.locks`);
    await fs.symlink(join(top, "mine"), at);
    await assertFails(use, "store", message);
    assert.deepEqual(await filesIn(join(top, "mine")), linked);

    await fs.unlink(at);
    const own = await oldFiles(at, [UUID, "notes.txt", `${UUID}.tmp2`]);
    const error = await assertFails(use, "store", message);
    assert.match(error.message, /\/(?:notes\.txt|\S+\.tmp2) was not made/);
    assert.deepEqual(await filesIn(at), own);
  });
}

onPosix("a lock whose file is a FIFO is taken over after a lease, without waiting for a writer", async (t) => {
  const path = join(await folder(t), "tokens.json");
  await fs.mkdir(join(`${path}.locks`, "write"), { recursive: true });
  await mkfifo(join(`${path}.locks`, "write", UUID));
  const env = environment();
  assert.equal(await openFileStore(path, env).save("a", grant(1), undefined), true);
  assert.ok(env.timers.now() >= 30_000);
});

onPosix("a folder of locks that others can write to is refused, as is a file", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const locks = `${path}.locks`;
  await fileStore(path).save("a", grant(1), undefined);
  for (const [mode, shown] of /** @type {const} */ ([
    [0o770, "770"],
    [0o702, "702"],
    [0o1777, "777"],
  ])) {
    await fs.chmod(locks, mode);
    for (const call of locking(fileStore(path))) {
      const error = await assertFails(
        call,
        "store",
        /other users \(mode \d+\): check what is in it, and run chmod 700 on it$/,
      );
      assert.ok(error.message.startsWith(`${locks} can be written by other users (mode ${shown}): `), error.message);
    }
  }
  await fs.chmod(locks, 0o755);
  assert.equal(await fileStore(path).save("a", grant(2), 1), true);
  await fs.rmdir(locks);
  await fs.writeFile(locks, "mine");
  for (const call of locking(fileStore(path)))
    await assertFails(call, "store", /\.locks is not a folder: move it elsewhere/);
  assert.equal(await fs.readFile(locks, "utf8"), "mine");
});

asRoot("a folder of locks of another user is refused", async (t) => {
  const path = join(await folder(t), "tokens.json");
  await fileStore(path).save("a", grant(1), undefined);
  await fs.chown(`${path}.locks`, USER, USER);
  const next = /belongs to the user 23456, and this process runs as 0: run it as that user, or remove the folder$/;
  for (const call of locking(fileStore(path))) await assertFails(call, "store", next);
  await fs.chown(`${path}.locks`, 0, 0);
  assert.equal(await fileStore(path).save("a", grant(2), 1), true);
});

asRoot("a user other than root can use what it makes with any umask", async (t) => {
  const top = await folder(t);
  await fs.chown(top, USER, USER);
  for (const umask of ["777", "277", "0"]) {
    const path = join(top, umask, "deep", "tokens.json");
    const first = await asUser(path, USER, umask);
    assert.deepEqual(first, {
      saved: true,
      modes: { ".": `700 of ${USER}`, "key-*": `700 of ${USER}`, "key-*/*": `600 of ${USER}` },
    });
    assert.deepEqual(
      [await modeOf(path), await modeOf(dirname(path)), await modeOf(join(top, umask))],
      ["600", "700", "700"],
    );
    const { loaded, saved } = await asUser(path, USER, umask);
    assert.deepEqual([loaded, saved], [1, true]);
  }
});

asRoot("root leaves a file, its locks and the rights on them to the owner of the file", async (t) => {
  const top = await folder(t);
  await fs.chmod(top, 0o755);
  await fs.mkdir(join(top, "home"), { mode: 0o755 });
  await fs.chown(join(top, "home"), USER, USER);
  const path = join(top, "home", "tokens.json");
  assert.equal((await asUser(path, USER, "022")).saved, true);
  const store = fileStore(path);
  assert.equal(
    await store.lock?.("a", async () => {
      const [lock = ""] = await fs.readdir(`${path}.locks`);
      const [token = ""] = await fs.readdir(join(`${path}.locks`, lock));
      assert.deepEqual(
        [await ownerOf(join(`${path}.locks`, lock)), await ownerOf(join(`${path}.locks`, lock, token))],
        [USER, USER],
      );
      return store.save("a", grant(2), 1);
    }),
    true,
  );
  const { uid, gid } = await fs.stat(path);
  assert.deepEqual([uid, gid, await modeOf(path)], [USER, USER, "600"]);
  const { loaded, saved } = await asUser(path, USER, "022");
  assert.deepEqual([loaded, saved], [2, true]);

  // A folder of locks that root makes is the owner's, too.
  await fs.rmdir(`${path}.locks`);
  assert.equal(await store.save("a", grant(4), 3), true);
  assert.equal(await ownerOf(`${path}.locks`), USER);
  // Another user than the owner is refused.
  await fs.chmod(join(top, "home"), 0o777);
  await fs.chmod(path, 0o644);
  const other = await asUser(path, USER + 1, "022");
  assert.match(other.error, /\.locks belongs to the user 23456, and this process runs as 23457: /);
});

asRoot("a file that does not exist yet becomes root's, also in the folder of another user", async (t) => {
  const home = join(await folder(t), "home");
  await fs.mkdir(home);
  await fs.chown(home, USER, USER);
  const path = join(home, "tokens.json");
  await fileStore(path).save("a", grant(1), undefined);
  assert.deepEqual([await ownerOf(path), await ownerOf(`${path}.locks`)], [0, 0]);
});

asRoot("root gives away no file that the owner moved into another folder", async (t) => {
  const top = await folder(t);
  const path = join(top, "home", "tokens.json");
  await fileStore(path).save("a", grant(1), undefined);
  await fs.mkdir(join(top, "cron.d"));
  for (const moved of [path, `${path}.locks`]) await fs.chown(moved, USER, USER);
  let swapped = "";
  const env = environment({
    fs: {
      open: async (name, flags, mode) => {
        if (!swapped && flags === "wx") {
          swapped = dirname(String(name));
          await fs.rename(swapped, `${swapped}.moved`);
          await fs.symlink(join(top, "cron.d"), swapped);
        }
        return fs.open(name, flags, mode);
      },
    },
  });
  const error = await assertFails(
    openFileStore(path, env).save("a", grant(2), 1),
    "store",
    /was moved while it was made: /,
  );
  assert.ok(error.message.startsWith(swapped), error.message);
  for (const name of await fs.readdir(join(top, "cron.d"))) assert.equal(await ownerOf(join(top, "cron.d", name)), 0);
});

onPosix("a FIFO, a socket and a device are refused, and not opened", async (t) => {
  const top = await folder(t);
  const fifo = join(top, "fifo");
  await mkfifo(fifo);
  await fs.symlink("fifo", join(top, "link"));
  const socket = join(top, "socket");
  const server = createServer().listen(socket);
  await once(server, "listening");
  t.after(() => server.close());
  const opened = environment({ fs: { open: async (name) => assert.fail(`${name} was opened`) } });
  for (const path of [fifo, join(top, "link"), socket, "/dev/null"]) {
    const store = openFileStore(path, opened);
    for (const call of [() => store.load("a"), ...locking(store)]) {
      const error = await assertFails(call, "store", /: give the path of a regular file$/);
      assert.match(error.message, /(?:fifo|link|socket|null) is a FIFO, a socket or a device, and was not opened: /);
      assert.equal(error.retryable, false);
    }
  }
  assert.deepEqual((await fs.readdir(top)).sort(), ["fifo", "link", "socket"]);
});

onPosix("a file that becomes a FIFO before it is opened does not hang", async (t) => {
  const path = join(await folder(t), "tokens.json");
  await fileStore(path).save("a", grant(1), undefined);
  const env = environment({
    fs: {
      open: async (name, flags, mode) => {
        await fs.unlink(path);
        await mkfifo(path);
        return fs.open(name, flags, mode);
      },
    },
  });
  await assertFails(openFileStore(path, env).load("a"), "store", /is a FIFO, a socket or a device/);
});

onPosix("a file that others can read is narrowed when it is read, if it is a file of grants", async (t) => {
  const path = join(await folder(t), "tokens.json");
  await fileStore(path).save("a", grant(1), undefined);
  for (const [mode, narrowed] of /** @type {const} */ ([
    [0o644, "600"],
    [0o660, "600"],
    [0o444, "400"],
    [0o700, "700"],
  ])) {
    await fs.chmod(path, mode);
    assert.deepEqual(await fileStore(path).load("a"), grant(1));
    assert.equal(await modeOf(path), narrowed);
  }
  assert.equal(await fileStore(path).save("a", grant(2), 1), true);
  assert.equal(await modeOf(path), "600");
  await fs.writeFile(path, "root:x:0:0");
  await fs.chmod(path, 0o644);
  await assertFails(fileStore(path).load("a"), "store", /is not JSON, and was not changed/);
  assert.equal(await modeOf(path), "644");
});
