import assert from "node:assert/strict";
import { after, test } from "node:test";
import { NOW } from "../../scenario/setup.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const fleet = startFleet({ after }, await bundleFleet());

test("100 callers whose token the API rejected make one refresh, and a late caller gets its token", async () => {
  const { invokeThrough, vault, refreshes, holdResponse } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  await advance(60);
  const { access_token: rejected } = await invoke("accessToken");
  const { responded, release } = holdResponse();
  const calls = /** @type {const} */ (["first", "second"]).flatMap((through) =>
    Array.from({ length: 50 }, () => invokeThrough(through, "ada", "accessToken", { rejected })),
  );
  await responded;
  while ((await invoke("countCalls")) < 1 + 1 + 100);
  release();
  const tokens = await Promise.all(calls);
  const { access_token } = (await invoke("record")).tokens;
  assert.notEqual(access_token, rejected);
  for (const { value } of tokens) assert.deepEqual([value.access_token, value.expires_at], [access_token, NOW + 3660]);
  assert.equal((await invoke("accessToken", { rejected })).access_token, access_token);
  assert.equal(refreshes(), 1);
});

test("a rejected token that is not the stored one causes no request", async () => {
  const { fake, vault } = await fleet.setUp();
  const { invoke, connect } = vault("ada");
  await connect();
  const { access_token } = (await invoke("record")).tokens;
  const sent = fake.log.length;
  for (const rejected of ["another", "", `${access_token} `, "a\0b"]) {
    assert.equal((await invoke("accessToken", { rejected })).access_token, access_token, JSON.stringify(rejected));
  }
  assert.equal((await invoke("status")).retry_at, undefined, "it causes no pause");
  assert.equal(fake.log.length, sent);
});

test("a caller that rejected the token does not get it again before it is replaced", async () => {
  const { fake, vault, refreshes } = await fleet.setUp();
  const { invoke, rejection, connect, advance } = vault("ada");
  await connect();
  const { access_token: rejected } = await invoke("accessToken");
  fake.fail("token", "http_503");
  const { retryAfter, ...error } = (await rejection("accessToken", { rejected })).error;
  assert.deepEqual([error.code, error.retryable, error.status], ["unexpected_response", true, 503]);
  assert.equal((await rejection("accessToken", { rejected })).error.retryAfter, retryAfter);
  assert.equal((await invoke("accessToken")).access_token, rejected, "other callers still get it");
  assert.equal(refreshes(), 1);
  await advance(retryAfter);
  const token = await invoke("accessToken", { rejected, minValidity: 3000 });
  assert.notEqual(token.access_token, rejected);
  assert.equal(refreshes(), 2);
  assert.deepEqual(await invoke("accessToken"), token);
});

test("a rejected token reveals a revoked grant", async () => {
  const { fake, vault, refreshes } = await fleet.setUp();
  const { invoke, rejection, connect } = vault("ada");
  await connect();
  const { access_token: rejected } = await invoke("accessToken");
  fake.revokeAll();
  assert.equal((await rejection("accessToken", { rejected })).error.code, "reauthorization_required");
  assert.equal((await rejection("accessToken", { rejected })).error.code, "reauthorization_required");
  const { connected, failure } = await invoke("status");
  assert.deepEqual([connected, failure, refreshes()], [false, "reauthorization_required", 1]);
});

test("a vault returns no empty access token: it refreshes at once", async () => {
  const { fake, vault, refreshes } = await fleet.setUp();
  const { invoke, rejection, connect } = vault("ada");
  await connect();
  const { tokens } = await invoke("record");
  await invoke("save", { ...tokens, access_token: "" });
  fake.fail("token", "http_503");
  assert.equal((await rejection("accessToken")).error.code, "unexpected_response");
  await invoke("save", { ...tokens, access_token: "" });
  assert.match((await invoke("accessToken")).access_token, /^1000\./);
  assert.equal(refreshes(), 2);
});
