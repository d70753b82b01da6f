// The end of a session: its grant is revoked and its vault is emptied, without a request.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sealer } from "grantkit";
import { demo } from "./support/demo.mjs";

// Long enough for a slow machine to read a session before it ends.
const SESSION_SECONDS = 5;
const world = await demo({ variables: { SESSION_SECONDS: `${SESSION_SECONDS}` } });
const { fake, visitor } = world;

describe("sessions that run out, all at once to save time", { concurrency: true }, () => {
  test("at the end of a session the grant is revoked and everything is deleted", async () => {
    const browser = visitor();
    const cookies = (await browser.connect()).headers.getSetCookie();
    const line = cookies.find((one) => one.startsWith("session=")) ?? "";
    assert.match(line, new RegExp(`^session=[^;]+; Max-Age=${SESSION_SECONDS};`));
    const name = await browser.vaultName();
    const vault = await world.vault(name);
    assert.equal((await vault.describe()).connected, true);
    const stream = await browser.watch();
    await stream.end();
    const { path, status } = fake.log.at(-1) ?? {};
    assert.deepEqual([path, status], ["/oauth/v2/revoke/token", 200]);
    assert.deepEqual(Object.keys(await vault.describe()), ["connected", "now"]);
    assert.deepEqual(await vault.events(), []);
  });

  test("a session without a grant ends", async () => {
    const browser = visitor();
    await browser.login();
    const vault = await world.vault(await browser.vaultName());
    const stream = await browser.watch();
    await stream.end();
    assert.equal(stream.events.length, 2);
    assert.deepEqual(await vault.events(), []);
  });

  test("a vault whose Worker stopped after the disconnect ends", async () => {
    const browser = visitor();
    await browser.connect();
    const vault = await world.vault(await browser.vaultName());
    // The Worker would now replace the session.
    await vault.disconnect();
    const stream = await browser.watch();
    await stream.end();
    assert.equal(await vault.isEmpty(), true);
  });

  test("a session without a login stores nothing", async () => {
    const browser = visitor();
    await browser.open();
    await browser.open();
    const vault = await world.vault(await browser.vaultName());
    const stream = await browser.watch();
    assert.equal(stream.response.status, 200);
    assert.equal(await vault.isEmpty(), true);
    await stream.close();
    await browser.login();
    const after = await browser.watch();
    await after.until(() => true);
    assert.equal(await vault.isEmpty(), false);
    await after.end();
    assert.equal(await vault.isEmpty(), true);
  });
});

test("an expired cookie is rejected", async () => {
  const browser = visitor();
  const past = sealer(world.keys, { clock: () => Date.now() - 10_000 });
  browser.cookies.set("session", await past.seal({ vault: "a".repeat(48) }, { purpose: "session", maxAge: 5 }));
  assert.equal((await browser.get("/api/crm/v8/org")).body.error.code, "no_session");
});

test("an unexpected error is a 500 without details, and its stack is logged", async () => {
  const sealed = await sealer(world.keys).seal(null, { purpose: "failure" });
  const { status, body } = await visitor().get(`/failed?error=${sealed}`);
  assert.deepEqual([status, body.error.code, body.error.retryable], [500, "internal", false]);
  assert.doesNotMatch(JSON.stringify(body), /TypeError|null|\.js/);
  assert.match(world.logged[0] ?? "", /^unexpected TypeError$/);
  assert.match(world.logged[1] ?? "", /^ +at /);
});
