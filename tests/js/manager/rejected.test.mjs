// accessToken for callers who send their calls themselves, and were told that the token is dead.
import assert from "node:assert/strict";
import { test } from "node:test";
import { refused } from "./support/expect.mjs";
import { LIFE, world } from "./support/world.mjs";

test("100 callers whose token was refused make one refresh, and who is late gets its token", async () => {
  const { manager, tokens, refreshes, sibling } = await world();
  const rejected = tokens.access_token;
  const fresh = await Promise.all(Array.from({ length: 100 }, () => manager.accessToken({ rejected })));
  const [access_token] = fresh;
  assert.notEqual(access_token, rejected);
  assert.deepEqual([...new Set(fresh)], [access_token]);
  assert.equal(await manager.accessToken({ rejected }), access_token);
  assert.equal(await sibling().accessToken({ rejected }), access_token);
  assert.equal(refreshes(), 1);
});

test("a token that is not the stored one may be refused without consequence", async () => {
  const { manager, tokens, refreshes } = await world();
  for (const rejected of ["another", ""]) assert.equal(await manager.accessToken({ rejected }), tokens.access_token);
  assert.equal(refreshes(), 0);
});

test("it is a wish beside others, and outlives no failure", async () => {
  const { fake, manager, tokens, refreshes, advance } = await world();
  const rejected = tokens.access_token;
  fake.fail("token", "http_500_html");
  await refused(manager.accessToken({ rejected }), { code: "unexpected_response" });
  assert.equal(await manager.accessToken(), rejected);
  const next = await manager.accessToken({ rejected, minValidity: LIFE });
  advance(10);
  assert.notEqual(await manager.accessToken({ rejected, minValidity: LIFE }), next);
  assert.equal(refreshes(), 3);
});
