import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fileStore } from "../../../pkg/node.js";
import { grant } from "./support/expect.mjs";
import { folder } from "./support/folder.mjs";

const KILLS = 200;

/** @param {string} program @param {unknown[]} values */
function start(program, ...values) {
  const path = fileURLToPath(new URL(`support/${program}.mjs`, import.meta.url));
  const child = fork(path, values.map(String), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = once(child, "exit");
  /** The message that it sent, and how it ended. */
  const result = (async () => {
    /** @type {unknown} */
    let sent;
    child.on("message", (message) => {
      sent = message;
    });
    const [code, signal] = await ended;
    return { sent, code, signal };
  })();
  return { child, result };
}

test("8 processes change one shared record and their own ones, and no change is lost", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const children = Array.from({ length: 8 }, (_, at) => [
    start("repeated-save", path, "shared", 20),
    start("repeated-save", path, `own-${at % 4}`, 10),
  ]);
  const results = await Promise.all(children.flat().map(({ result }) => result));
  for (const { code, sent } of results) assert.ok(code === 0 && sent, `${code} ${sent}`);
  const store = fileStore(path);
  const shared = await store.load("shared");
  assert.equal(shared?.version, 160);
  const processes = new Set(shared.requests);
  assert.equal(processes.size, 8);
  for (const pid of processes) assert.equal(shared.requests.filter((writer) => writer === pid).length, 20);
  for (let at = 0; at < 4; at += 1) assert.equal((await store.load(`own-${at}`))?.version, 20);
  assert.deepEqual(await fs.readdir(`${path}.locks`), []);
});

test(`of ${KILLS} processes killed at every step of a save, none leaves a partial file or a stuck lock`, async (t) => {
  const path = join(await folder(t), "tokens.json");
  const store = fileStore(path);
  // The second run finds the folders, and so takes fewer steps.
  await start("killed-save", path).result;
  const steps = /** @type {{ start: number, won: number }} */ ((await start("killed-save", path).result).sent);
  const points = Object.entries(steps).flatMap(([stage, count]) =>
    Array.from({ length: count }, (_, at) => [stage, at + 1]),
  );
  assert.ok(steps.start > 15 && steps.won > 15 && points.length < KILLS / 2, JSON.stringify(steps));
  const survivor = start("repeated-save", path, "alive", 1e9);

  let [saved, seen] = [2, 0];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { signal } = await start("killed-save", path, ...(points[kill % points.length] ?? [])).result;
    assert.equal(signal, "SIGKILL");
    const killed = await store.load("killed");
    const version = killed?.version ?? 0;
    assert.deepEqual(killed, grant(version, { requests: Array(version).fill(0) }));
    assert.ok(version === saved || version === saved + 1, `${version} after ${saved}`);
    saved = version;
    const alive = await store.load("alive");
    assert.ok((alive?.version ?? 0) >= seen);
    seen = alive?.version ?? 0;
    assert.equal(alive?.requests.length ?? 0, seen);
  }
  survivor.child.send("stop");
  const { code, sent } = await survivor.result;
  assert.equal(code, 0);
  assert.equal((await store.load("alive"))?.version, sent);
  assert.ok(saved > 2 && saved < KILLS, "some were killed before the record was replaced, and some after");
  await store.lock?.("killed", async () => assert.equal(await store.save("killed", grant(saved + 1), saved), true));
});
