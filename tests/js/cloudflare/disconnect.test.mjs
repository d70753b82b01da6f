import assert from "node:assert/strict";
import { after, test } from "node:test";
import { NOW } from "../../scenario/setup.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const fleet = startFleet({ after }, await bundleFleet());

test("disconnect revokes, forgets and ends the alarm", async () => {
  const { fake, vault } = await fleet.world();
  const { tell, refused, connect } = vault("ada");
  await connect();
  assert.equal(typeof (await tell("alarmAt")), "number");
  await tell("disconnect");
  assert.match(fake.log.at(-1)?.path ?? "", /revoke/);
  assert.equal(fake.log.at(-1)?.status, 200);
  assert.equal(await tell("record"), undefined);
  assert.equal(await tell("alarmAt"), null);
  assert.deepEqual(await tell("status"), { connected: false });
  assert.equal((await refused("accessToken")).error.code, "reauthorization_required");
  const sent = fake.log.length;
  await tell("disconnect");
  await tell("ring");
  assert.equal(fake.log.length, sent, "what is over is over");
  assert.equal(await tell("alarmAt"), null);
});

test("a grant that the server no longer knows is forgotten", async () => {
  const { fake, vault } = await fleet.world();
  const { tell, connect } = vault("ada");
  await connect();
  fake.revokeAll();
  await tell("disconnect");
  assert.equal(await tell("record"), undefined);
});

test("what could not be revoked is kept, and so is the alarm", async () => {
  const { fake, vault } = await fleet.world();
  const { tell, refused, connect } = vault("ada");
  await connect();
  const [record, alarm] = [await tell("record"), await tell("alarmAt")];
  fake.fail("revoke", "http_500_html", 2);
  assert.equal((await refused("disconnect")).error.code, "unexpected_response");
  assert.deepEqual([await tell("record"), await tell("alarmAt")], [record, alarm]);
});

test("disconnect waits for a refresh under way, so that what it revokes is what is there", async () => {
  const { fake, ask, vault, keepAnswer } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  await connect();
  await pass(3600);
  const { given, release } = keepAnswer();
  const refresh = ask("first", "ada", "accessToken");
  await given;
  const over = ask("second", "ada", "disconnect");
  const late = ask("second", "ada", "accessToken");
  while ((await tell("countCalls")) < 1 + 2);
  assert.equal((await tell("record")).refreshing_since, NOW + 3600);
  release();
  assert.deepEqual(await over, {});
  const answers = [await refresh, await late].map(({ value, thrown }) => value?.expires_at ?? thrown.error.code);
  for (const answer of answers) assert.ok([NOW + 7200, "reauthorization_required"].includes(answer), answer);
  assert.deepEqual(
    fake.log.slice(-2).map(({ path, status }) => [path, status]),
    [
      ["/oauth/v2/token", 200],
      ["/oauth/v2/revoke/token", 200],
    ],
  );
  assert.equal(await tell("record"), undefined);
  assert.equal(await tell("alarmAt"), null);
});

test("tokens that are brought while the earlier grant is being revoked stay", async () => {
  const { fake, ask, vault, keepAnswer } = await fleet.world();
  const { tell, connect } = vault("ada");
  await connect();
  const { tokens } = await tell("record");
  const { given, release } = keepAnswer("/oauth/v2/revoke/token");
  const over = ask("second", "ada", "disconnect");
  await given;
  const connected = connect();
  while ((await tell("countCalls")) < 2);
  release();
  assert.deepEqual([await over, await connected], [{}, undefined]);
  assert.notEqual((await tell("record")).tokens.refresh_token, tokens.refresh_token);
  assert.equal((await tell("status")).connected, true);
  assert.equal(typeof (await tell("alarmAt")), "number");
  assert.equal(fake.log.at(-1)?.grant_type, "authorization_code");
});
