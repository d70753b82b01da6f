// Sessions after the Worker is deployed with other variables.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo } from "./support/demo.mjs";
import { LEADS } from "./support/visitor.mjs";

const world = await demo();

test("a session whose client was removed reports that, and can be disconnected", async () => {
  const browser = world.visitor();
  await browser.open();
  const { code } = (await browser.post("/api/demo/generate-code", { scope: "ZohoCRM.org.READ", location: "us" })).body;
  assert.equal((await browser.post("/api/self-client", { code, location: "us" })).status, 200);
  const { requests_left, now, ...before } = await browser.session();
  assert.deepEqual([before.connected, before.kind, requests_left], [true, "self", 10]);
  const name = await browser.vaultName();

  await world.redeploy({ SELF_CLIENT_ID: undefined, SELF_CLIENT_SECRET: undefined });
  const { now: later, ...shown } = await browser.session();
  assert.ok(later >= now);
  assert.deepEqual(shown, { ...before, failure: "invalid_configuration" });
  for (const { status, body } of [await browser.get("/api/crm/v8/org"), await browser.get(LEADS)]) {
    assert.deepEqual([status, body.error.code, body.error.retryable], [500, "invalid_configuration", false]);
    assert.match(body.error.message, /^this Worker has no Self Client: set SELF_CLIENT_ID/);
  }

  const sent = world.sent.length;
  const { status, body } = await browser.post("/api/disconnect");
  assert.deepEqual([status, body.error.code], [500, "invalid_configuration"]);
  assert.match(
    body.error.message,
    /its grant is not revoked, because .*: remove the application in your Zoho account$/,
  );
  assert.equal(world.sent.length, sent);
  assert.notEqual(await browser.vaultName(), name);
  assert.equal((await browser.session()).connected, false);
  assert.equal((await (await world.vault(name)).describe()).connected, false);
  await browser.connect();
  assert.equal((await browser.session()).kind, "web");
  assert.deepEqual(world.logged, []);
});
