import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { checkTokenStore } from "../../../pkg/check-token-store.js";
import { fileStore } from "../../../pkg/node.js";
import { openFileStore } from "../../../pkg/stores/file.js";
import { assertFails, grant, SECRET } from "./support/expect.mjs";
import { environment, folder } from "./support/folder.mjs";

/** @param {string} path */
const modeOf = async (path) => ((await fs.stat(path)).mode & 0o777).toString(8);

/** @param {string} code */
const systemError = (code) => Object.assign(new Error(`${code}: made by the test`), { code });

test("fileStore passes the suite, with two stores on one file", async (t) => {
  const path = join(await folder(t), "tokens.json");
  await checkTokenStore(() => fileStore(path));
  assert.deepEqual(JSON.parse(await fs.readFile(path, "utf8")), { grantkit: 1, records: {} });
  assert.deepEqual(await fs.readdir(`${path}.locks`), []);
});

test("only the owner can read the file and new folders, whatever the umask and the previous mode", async (t) => {
  const top = await folder(t);
  const path = join(top, "new", "deep", "tokens.json");
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  await fileStore(path).save("a", grant(1), undefined);
  assert.equal(await modeOf(path), "600");
  assert.equal(await modeOf(join(top, "new")), "700");
  assert.equal(await modeOf(join(top, "new", "deep")), "700");
  assert.equal(await modeOf(`${path}.locks`), "700");
  await fs.chmod(path, 0o644);
  await fileStore(path).save("a", grant(2), 1);
  assert.equal(await modeOf(path), "600");
});

test("a save writes a temporary file, syncs it, checks its lock, renames it and syncs the folder", async (t) => {
  const top = await folder(t);
  const path = join(top, "tokens.json");
  await fileStore(path).save("a", grant(1), undefined);
  /** @type {string[]} */
  const log = [];
  const short = (/** @type {unknown} */ name) =>
    String(name)
      .replace(top, "")
      .replace(/[0-9a-f-]{36}/g, "TOKEN");
  const observed = environment({
    fs: {
      rename: async (from, to) => {
        log.push(`rename ${short(from)} ${short(to)}`);
        await fs.rename(from, to);
      },
      stat: /** @type {typeof fs.stat} */ (
        async (/** @type {string} */ name) => {
          log.push(`stat ${short(name)}`);
          return fs.stat(name);
        }
      ),
      open: async (name, flags, mode) => {
        const handle = await fs.open(name, flags, mode);
        log.push(`open ${short(name)} ${flags} ${mode?.toString(8) ?? ""}`.trim());
        for (const method of /** @type {const} */ (["writeFile", "sync", "close"])) {
          const original = handle[method].bind(handle);
          handle[method] = (/** @type {any[]} */ ...values) => {
            log.push(`${method} ${short(name)}`);
            return /** @type {any} */ (original)(...values);
          };
        }
        return handle;
      },
    },
  });
  await openFileStore(path, observed).save("a", grant(2), 1);
  const from = log.findIndex((line) => line.includes(".tmp"));
  assert.deepEqual(log.slice(from), [
    "open /tokens.json.locks/write/TOKEN.tmp wx 600",
    "writeFile /tokens.json.locks/write/TOKEN.tmp",
    "sync /tokens.json.locks/write/TOKEN.tmp",
    "close /tokens.json.locks/write/TOKEN.tmp",
    "stat /tokens.json.locks/write/TOKEN",
    "rename /tokens.json.locks/write/TOKEN.tmp /tokens.json",
    "open  r",
    "sync ",
    "close ",
  ]);
});

const CORRUPTED = {
  truncated: `{"grantkit":1,"records":{"a":{"version":1,"tokens":{"access_token":"${SECRET}`,
  empty: "",
  "not JSON": `access_token=${SECRET}`,
  "another program's": JSON.stringify({ access_token: SECRET }),
  "a later format": JSON.stringify({ grantkit: 2, records: {} }),
  "records of the wrong type": JSON.stringify({ grantkit: 1, records: null }),
  "a list": "[]",
  null: "null",
  binary: "\u0000\u0001\ufffd",
};
for (const [name, content] of Object.entries(CORRUPTED)) {
  test(`a corrupted file (${name}) is named and left unchanged`, async (t) => {
    const path = join(await folder(t), "tokens.json");
    await fs.writeFile(path, content);
    const store = fileStore(path);
    for (const call of [() => store.load("a"), () => store.save("a", grant(1), undefined), () => store.delete("a")]) {
      const error = await assertFails(call, "store", /tokens\.json is not .*, and was not changed: /);
      assert.ok(error.message.includes(path));
      assert.equal(error.retryable, false);
    }
    assert.equal(await fs.readFile(path, "utf8"), content);
    assert.deepEqual(await fs.readdir(`${path}.locks`).catch(() => []), []);
  });
}

test("an invalid record is named, not replaced, and does not affect others", async (t) => {
  const path = join(await folder(t), "tokens.json");
  for (const record of [null, SECRET, [], {}, { version: "1" }]) {
    await fs.writeFile(path, JSON.stringify({ grantkit: 1, records: { bad: record, good: grant(1) } }));
    const store = fileStore(path);
    await assertFails(store.load("bad"), "store", /the record of "bad" is not a grant record/);
    await assertFails(store.save("bad", grant(1), undefined), "store", /the record of "bad" is not a grant record/);
    assert.deepEqual(await store.load("good"), grant(1));
    assert.equal(await store.save("good", grant(2), 1), true);
    const { records } = JSON.parse(await fs.readFile(path, "utf8"));
    assert.deepEqual(records, { bad: record, good: grant(2) });
  }
});

test("members of the file that a later version wrote are kept by saves and deletions", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const content = {
    grantkit: 1,
    records: { a: grant(1), b: { ...grant(1), format: 2, later: [1] } },
    later: { yes: true },
  };
  await fs.writeFile(path, JSON.stringify(content));
  const store = fileStore(path);
  await store.save("a", grant(2), 1);
  await store.save("c", grant(1), undefined);
  await store.delete("c");
  const { records } = content;
  assert.deepEqual(JSON.parse(await fs.readFile(path, "utf8")), { ...content, records: { ...records, a: grant(2) } });
});

test("a save through a link replaces the linked file", async (t) => {
  const top = await folder(t);
  await fs.mkdir(join(top, "real"));
  await fs.symlink("real", join(top, "folder"));
  await fs.symlink("real/tokens.json", join(top, "link.json"));
  await fileStore(join(top, "folder", "tokens.json")).save("a", grant(1), undefined);
  await fileStore(join(top, "link.json")).save("a", grant(2), 1);
  assert.deepEqual(await fileStore(join(top, "real", "tokens.json")).load("a"), grant(2));
  assert.ok((await fs.lstat(join(top, "link.json"))).isSymbolicLink());
  assert.deepEqual((await fs.readdir(join(top, "real"))).sort(), ["tokens.json", "tokens.json.locks"]);
});

for (const [code, advice] of /** @type {const} */ ([
  ["ENOSPC", /: free space on the disk, then call again$/],
  ["EACCES", /right to read and write/],
  ["EIO", /: call again, and if that repeats, check the disk$/],
])) {
  for (const step of /** @type {const} */ (["writeFile", "sync", "close"])) {
    test(`${code} from ${step} leaves the file unchanged, and the message names the next step`, async (t) => {
      const path = join(await folder(t), "tokens.json");
      await fileStore(path).save("a", grant(1), undefined);
      const cause = systemError(code);
      const broken = environment({
        fs: {
          open: async (name, flags, mode) => {
            const handle = await fs.open(name, flags, mode);
            const { close } = handle;
            handle[step] = async () => {
              await close.call(handle);
              throw cause;
            };
            return handle;
          },
        },
      });
      const error = await assertFails(openFileStore(path, broken).save("a", grant(2), 1), "store", advice);
      assert.equal(error.cause, cause);
      assert.equal(error.retryable, true);
      assert.match(error.message, /saving the record of "a" failed \(.+\): /);
      assert.deepEqual(await fileStore(path).load("a"), grant(1));
      assert.deepEqual(await fs.readdir(`${path}.locks`), []);
    });
  }
}

test("an invalid path is rejected at once, and a path of a folder is a store error", async (t) => {
  for (const path of [undefined, "", 7]) {
    await assertFails(() => fileStore(/** @type {string} */ (path)), "invalid_configuration", /path of its file/);
  }
  const top = await folder(t);
  await assertFails(fileStore(top).load("a"), "store", /: give the path of a file in this folder$/);
  await fs.writeFile(join(top, "file"), "");
  await assertFails(
    fileStore(join(top, "file", "tokens.json")).save("a", grant(1), undefined),
    "store",
    /loading|saving/,
  );
});

test("load and delete create no file and no folder", async (t) => {
  const top = await folder(t);
  const store = fileStore(join(top, "new", "tokens.json"));
  assert.equal(await store.load("a"), undefined);
  await store.delete("a");
  assert.deepEqual(await fs.readdir(top), []);
});
