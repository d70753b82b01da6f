// Processes of one machine that share a grant over one file.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { folder } from "../stores/support/folder.mjs";
import { askAtOnce, fleet, killTheHolder } from "./support/fleet.mjs";
import { LIFE } from "./support/world.mjs";

/** @param {import("node:test").TestContext} t */
const onFile = async (t) => fleet(t, { path: join(await folder(t), "tokens.json") });

test("8 processes with 200 callers each cause one request, and all get its token", async (t) => {
  await askAtOnce(await onFile(t));
});

test("a process killed while it holds the lock, its request in flight: the others go on, and nothing is lost", async (t) => {
  await killTheHolder(await onFile(t));
});

test("a process killed between answer and save: its token was nobody's, and the grant goes on", async (t) => {
  const { member, members, refreshes, stored, tokens } = await onFile(t);
  const victim = await member({ dies: true });
  victim.go();
  assert.equal(await victim.ended(), "SIGKILL");
  assert.equal(refreshes(), 1);
  assert.deepEqual((await stored()).tokens, { ...tokens });
  const others = await members(3);
  for (const { go } of others) go();
  const said = await Promise.all(others.map((other) => other.said()));
  const { access_token } = (await stored()).tokens;
  assert.deepEqual(said, Array(3).fill({ tokens: { [access_token]: 200 }, errors: {} }));
  assert.equal(refreshes(), 2);
});

test("a budget that one process spent is spent for the next", async (t) => {
  const { manager, member, refreshes, stored, advance } = await onFile(t);
  for (let request = 0; request < 9; request += 1) await manager.accessToken({ minValidity: LIFE + 1 });
  advance(500);
  await manager.accessToken({ minValidity: LIFE + 1 });
  const { access_token } = (await stored()).tokens;
  const lucky = await member();
  lucky.go();
  assert.deepEqual(await lucky.said(), { tokens: { [access_token]: 200 }, errors: {} });
  // As if the tokens had been of a shorter life.
  const record = await stored();
  await manager.save({ ...record.tokens, expires_at: 1 });
  const late = await member();
  late.go();
  assert.deepEqual(await late.said(), { tokens: {}, errors: { "throttled 110": 200 } });
  assert.equal(refreshes(), 10);
});
