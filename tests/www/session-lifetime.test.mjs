// How long a session is kept: when it ends, its grant is revoked and its vault is emptied, and nobody has to ask for it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sealer } from "grantkit";
import { demo } from "./support/demo.mjs";

// Long enough for a slow machine to look at a session before it ends.
const LIFE = 5;
const world = await demo({ variables: { SESSION_SECONDS: `${LIFE}` } });
const { fake, visitor } = world;

describe("at once, since each waits for its end", { concurrency: true }, () => {
  test("a session with a grant ends: the grant is revoked, and nothing of it is left", async () => {
    const browser = visitor();
    const cookies = (await browser.connect()).headers.getSetCookie();
    const line = cookies.find((one) => one.startsWith("session=")) ?? "";
    assert.match(line, new RegExp(`^session=[^;]+; Max-Age=${LIFE};`));
    const name = await browser.vaultName();
    const vault = await world.vault(name);
    assert.equal((await vault.show()).connected, true);
    const stream = await browser.watch();
    await stream.end();
    const { path, status } = fake.log.at(-1) ?? {};
    assert.deepEqual([path, status], ["/oauth/v2/revoke/token", 200]);
    assert.deepEqual(Object.keys(await vault.show()), ["connected", "now"]);
    assert.deepEqual(await vault.events(), []);
  });

  test("a session without a grant ends too", async () => {
    const browser = visitor();
    await browser.leave();
    const vault = await world.vault(await browser.vaultName());
    const stream = await browser.watch();
    await stream.end();
    assert.equal(stream.events.length, 2);
    assert.deepEqual(await vault.events(), []);
  });

  test("a vault that was disconnected and no more ends too", async () => {
    const browser = visitor();
    await browser.connect();
    const vault = await world.vault(await browser.vaultName());
    // As when the Worker is gone before it can begin a new session.
    await vault.disconnect();
    const stream = await browser.watch();
    await stream.end();
    assert.equal(await vault.isEmpty(), true);
  });

  test("a session that only looks stores nothing", async () => {
    const browser = visitor();
    await browser.open();
    await browser.open();
    const vault = await world.vault(await browser.vaultName());
    const stream = await browser.watch();
    assert.equal(stream.response.status, 200);
    assert.equal(await vault.isEmpty(), true);
    await stream.close();
    await browser.leave();
    const after = await browser.watch();
    await after.until(() => true);
    assert.equal(await vault.isEmpty(), false);
    await after.end();
    assert.equal(await vault.isEmpty(), true);
  });
});

test("a cookie whose time has passed is no session", async () => {
  const browser = visitor();
  const past = sealer(world.keys, { clock: () => Date.now() - 10_000 });
  browser.cookies.set("session", await past.seal({ vault: "a".repeat(48) }, { purpose: "session", maxAge: 5 }));
  assert.equal((await browser.get("/api/crm/v8/org")).body.error.code, "no_session");
});

test("what nobody foresaw is a 500 that says nothing, and a line that says where", async () => {
  const sealed = await sealer(world.keys).seal(null, { purpose: "failure" });
  const { status, body } = await visitor().get(`/failed?error=${sealed}`);
  assert.deepEqual([status, body.error.code, body.error.retryable], [500, "internal", false]);
  assert.doesNotMatch(JSON.stringify(body), /TypeError|null|\.js/);
  assert.match(world.logged[0] ?? "", /^unexpected TypeError$/);
  assert.match(world.logged[1] ?? "", /^ +at /);
});
