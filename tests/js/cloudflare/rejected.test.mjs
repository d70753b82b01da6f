import assert from "node:assert/strict";
import { after, test } from "node:test";
import { NOW } from "../../scenario/setup.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const fleet = startFleet({ after }, await bundleFleet());

test("100 callers whose token the API refused make one refresh, and who is late gets its token", async () => {
  const { ask, vault, refreshes, keepAnswer } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  await connect();
  await pass(60);
  const { access_token: rejected } = await tell("accessToken");
  const { given, release } = keepAnswer();
  const answers = /** @type {const} */ (["first", "second"]).flatMap((through) =>
    Array.from({ length: 50 }, () => ask(through, "ada", "accessToken", { rejected })),
  );
  await given;
  while ((await tell("countCalls")) < 1 + 1 + 100);
  release();
  const tokens = await Promise.all(answers);
  const { access_token } = (await tell("record")).tokens;
  assert.notEqual(access_token, rejected);
  for (const { value } of tokens) assert.deepEqual([value.access_token, value.expires_at], [access_token, NOW + 3660]);
  assert.equal((await tell("accessToken", { rejected })).access_token, access_token);
  assert.equal(refreshes(), 1);
});

test("what was refused and is not the stored token costs no request", async () => {
  const { fake, vault } = await fleet.world();
  const { tell, refused, connect } = vault("ada");
  await connect();
  const { access_token } = (await tell("record")).tokens;
  const sent = fake.log.length;
  for (const rejected of ["another", "", `${access_token} `]) {
    assert.equal((await tell("accessToken", { rejected })).access_token, access_token, JSON.stringify(rejected));
  }
  const { error } = await refused("accessToken", { rejected: "a\0b" });
  assert.deepEqual([error.code, error.retryAfter], ["invalid_configuration", undefined]);
  assert.equal((await tell("status")).retry_at, undefined, "a caller's mistake holds nobody up");
  assert.equal(fake.log.length, sent);
});

test("a refused token is not handed out to who reported it, as long as it is not replaced", async () => {
  const { fake, vault, refreshes } = await fleet.world();
  const { tell, refused, connect, pass } = vault("ada");
  await connect();
  const { access_token: rejected } = await tell("accessToken");
  fake.fail("token", "http_503");
  const { retryAfter, ...error } = (await refused("accessToken", { rejected })).error;
  assert.deepEqual([error.code, error.retryable, error.status], ["unexpected_response", true, 503]);
  assert.equal((await refused("accessToken", { rejected })).error.retryAfter, retryAfter);
  assert.equal((await tell("accessToken")).access_token, rejected, "others may still try it");
  assert.equal(refreshes(), 1);
  await pass(retryAfter);
  const token = await tell("accessToken", { rejected, minValidity: 3000 });
  assert.notEqual(token.access_token, rejected);
  assert.equal(refreshes(), 2);
  assert.deepEqual(await tell("accessToken"), token);
});

test("a user who took everything back is found out", async () => {
  const { fake, vault, refreshes } = await fleet.world();
  const { tell, refused, connect } = vault("ada");
  await connect();
  const { access_token: rejected } = await tell("accessToken");
  fake.revokeAll();
  assert.equal((await refused("accessToken", { rejected })).error.code, "reauthorization_required");
  assert.equal((await refused("accessToken", { rejected })).error.code, "reauthorization_required");
  const { connected, failure } = await tell("status");
  assert.deepEqual([connected, failure, refreshes()], [false, "reauthorization_required", 1]);
});

test("a vault hands out no empty access token: it refreshes at once", async () => {
  const { fake, vault, refreshes } = await fleet.world();
  const { tell, refused, connect } = vault("ada");
  await connect();
  const { tokens } = await tell("record");
  await tell("save", { ...tokens, access_token: "" });
  fake.fail("token", "http_503");
  assert.equal((await refused("accessToken")).error.code, "unexpected_response");
  await tell("save", { ...tokens, access_token: "" });
  assert.match((await tell("accessToken")).access_token, /^1000\./);
  assert.equal(refreshes(), 2);
});
