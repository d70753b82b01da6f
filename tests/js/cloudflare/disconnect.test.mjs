import assert from "node:assert/strict";
import { after, test } from "node:test";
import { NOW } from "../../scenario/setup.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const fleet = startFleet({ after }, await bundleFleet());

test("disconnect revokes the grant, deletes the record and the alarm", async () => {
  const { fake, vault } = await fleet.setUp();
  const { invoke, rejection, connect } = vault("ada");
  await connect();
  assert.equal(typeof (await invoke("alarmAt")), "number");
  await invoke("disconnect");
  assert.match(fake.log.at(-1)?.path ?? "", /revoke/);
  assert.equal(fake.log.at(-1)?.status, 200);
  assert.equal(await invoke("record"), undefined);
  assert.equal(await invoke("alarmAt"), null);
  assert.deepEqual(await invoke("status"), { connected: false });
  assert.equal((await rejection("accessToken")).error.code, "reauthorization_required");
  const sent = fake.log.length;
  await invoke("disconnect");
  await invoke("fireAlarm");
  assert.equal(fake.log.length, sent, "a second disconnect sends nothing");
  assert.equal(await invoke("alarmAt"), null);
});

test("disconnect deletes a grant that the server no longer knows", async () => {
  const { fake, vault } = await fleet.setUp();
  const { invoke, connect } = vault("ada");
  await connect();
  fake.revokeAll();
  await invoke("disconnect");
  assert.equal(await invoke("record"), undefined);
});

test("a failed revocation keeps the record and the alarm", async () => {
  const { fake, vault } = await fleet.setUp();
  const { invoke, rejection, connect } = vault("ada");
  await connect();
  const [record, alarm] = [await invoke("record"), await invoke("alarmAt")];
  fake.fail("revoke", "http_500_html", 2);
  assert.equal((await rejection("disconnect")).error.code, "unexpected_response");
  assert.deepEqual([await invoke("record"), await invoke("alarmAt")], [record, alarm]);
});

test("disconnect waits for a refresh in flight, and revokes its refresh token", async () => {
  const { fake, invokeThrough, vault, holdResponse } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  await advance(3600);
  const { responded, release } = holdResponse();
  const refresh = invokeThrough("first", "ada", "accessToken");
  await responded;
  const disconnecting = invokeThrough("second", "ada", "disconnect");
  const late = invokeThrough("second", "ada", "accessToken");
  while ((await invoke("countCalls")) < 1 + 2);
  assert.equal((await invoke("record")).refreshing_since, NOW + 3600);
  release();
  assert.deepEqual(await disconnecting, {});
  const outcomes = [await refresh, await late].map(({ value, thrown }) => value?.expires_at ?? thrown.error.code);
  for (const outcome of outcomes) assert.ok([NOW + 7200, "reauthorization_required"].includes(outcome), outcome);
  assert.deepEqual(
    fake.log.slice(-2).map(({ path, status }) => [path, status]),
    [
      ["/oauth/v2/token", 200],
      ["/oauth/v2/revoke/token", 200],
    ],
  );
  assert.equal(await invoke("record"), undefined);
  assert.equal(await invoke("alarmAt"), null);
});

test("tokens that are saved while the previous grant is being revoked stay stored", async () => {
  const { fake, invokeThrough, vault, holdResponse } = await fleet.setUp();
  const { invoke, connect } = vault("ada");
  await connect();
  const { tokens } = await invoke("record");
  const { responded, release } = holdResponse("/oauth/v2/revoke/token");
  const disconnecting = invokeThrough("second", "ada", "disconnect");
  await responded;
  const connecting = connect();
  while ((await invoke("countCalls")) < 2);
  release();
  assert.deepEqual([await disconnecting, await connecting], [{}, undefined]);
  assert.notEqual((await invoke("record")).tokens.refresh_token, tokens.refresh_token);
  assert.equal((await invoke("status")).connected, true);
  assert.equal(typeof (await invoke("alarmAt")), "number");
  assert.equal(fake.log.at(-1)?.grant_type, "authorization_code");
});
