// Processes of one machine that share a grant in one file.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { folder } from "../stores/support/folder.mjs";
import { assertOneRequest, assertRecoversFromKill, fleet, SPEED } from "./support/fleet.mjs";
import { LIFETIME } from "./support/setup.mjs";

/** @param {import("node:test").TestContext} t */
const onFile = async (t) => fleet(t, { path: join(await folder(t), "tokens.json") });

test("8 processes with 200 callers each cause one request, and all get its token", async (t) => {
  await assertOneRequest(await onFile(t));
});

test("after a process is killed with the lock and its request in flight, the others refresh and nothing is lost", async (t) => {
  await assertRecoversFromKill(await onFile(t));
});

test("after a process is killed between response and save, no caller has its token, and the others refresh", async (t) => {
  const { member, members, refreshes, stored, tokens } = await onFile(t);
  const victim = await member({ crashesBeforeSave: true });
  victim.go();
  assert.equal(await victim.ended(), "SIGKILL");
  assert.equal(refreshes(), 1);
  assert.deepEqual((await stored()).tokens, { ...tokens });
  const others = await members(3, SPEED);
  for (const { go } of others) go();
  const reports = await Promise.all(others.map((other) => other.report()));
  const { access_token } = (await stored()).tokens;
  assert.deepEqual(reports, Array(3).fill({ tokens: { [access_token]: 200 }, errors: {} }));
  assert.equal(refreshes(), 2);
});

test("the requests of one process count for the next", async (t) => {
  const { manager, member, refreshes, stored, advance } = await onFile(t);
  for (let request = 0; request < 9; request += 1) await manager.accessToken({ minValidity: LIFETIME + 1 });
  advance(500);
  await manager.accessToken({ minValidity: LIFETIME + 1 });
  const { access_token } = (await stored()).tokens;
  const early = await member();
  early.go();
  assert.deepEqual(await early.report(), { tokens: { [access_token]: 200 }, errors: {} });
  // Tokens that have expired.
  const record = await stored();
  await manager.save({ ...record.tokens, expires_at: 1 });
  const late = await member();
  late.go();
  assert.deepEqual(await late.report(), { tokens: {}, errors: { "throttled 110": 200 } });
  assert.equal(refreshes(), 10);
});
