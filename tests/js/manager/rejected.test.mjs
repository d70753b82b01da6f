// accessToken with `rejected`, for callers that send API calls themselves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { rejects } from "./support/expect.mjs";
import { LIFETIME, setUp } from "./support/setup.mjs";

test("100 callers whose token was rejected make one refresh, and a late caller gets its token", async () => {
  const { manager, tokens, refreshes, otherManager } = await setUp();
  const rejected = tokens.access_token;
  const fresh = await Promise.all(Array.from({ length: 100 }, () => manager.accessToken({ rejected })));
  const [access_token] = fresh;
  assert.notEqual(access_token, rejected);
  assert.deepEqual([...new Set(fresh)], [access_token]);
  assert.equal(await manager.accessToken({ rejected }), access_token);
  assert.equal(await otherManager().accessToken({ rejected }), access_token);
  assert.equal(refreshes(), 1);
});

test("a rejected token that is not the stored one causes no request", async () => {
  const { manager, tokens, refreshes } = await setUp();
  for (const rejected of ["another", ""]) assert.equal(await manager.accessToken({ rejected }), tokens.access_token);
  assert.equal(refreshes(), 0);
});

test("rejected combines with minValidity, and its caller gets the error of a failed refresh", async () => {
  const { fake, manager, tokens, refreshes, advance } = await setUp();
  const rejected = tokens.access_token;
  fake.fail("token", "http_500_html");
  await rejects(manager.accessToken({ rejected }), { code: "unexpected_response" });
  assert.equal(await manager.accessToken(), rejected);
  const next = await manager.accessToken({ rejected, minValidity: LIFETIME });
  advance(10);
  assert.notEqual(await manager.accessToken({ rejected, minValidity: LIFETIME }), next);
  assert.equal(refreshes(), 3);
});
