// A grant that cannot be revoked when its session ends.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { demo } from "./support/demo.mjs";

// With this lifetime the revocation is retried twice, within another five seconds.
const world = await demo({ variables: { SESSION_SECONDS: "5" } });
const { fake, visitor, accounts } = world;
afterEach(() => fake.fail("revoke", "empty", 0));

/** How many revocation requests the Worker sent to an accounts server. @param {"eu" | "au"} location */
const revocations = (location) =>
  world.sent.filter(({ url }) => url.startsWith(`${accounts[location]}/oauth/v2/revoke`)).length;

/** Connects a browser twice. The revocation of the first grant fails. @param {string} how @param {number} times */
async function reconnect(how, times) {
  const browser = visitor();
  await browser.connect("emil@eu.example");
  const vault = await world.vault(await browser.vaultName());
  const oldCookies = new Map(browser.cookies);
  const before = revocations("eu");
  fake.fail("revoke", how, times);
  assert.equal((await browser.connect("oscar@au.example")).status, 303);
  assert.equal((await browser.session()).location, "au");
  return { vault, oldCookies, before };
}

/** @param {any} vault */
async function waitUntilEmpty(vault) {
  while (!(await vault.isEmpty()));
}

test("a revocation that fails at the end of a session is retried", async () => {
  const browser = visitor();
  await browser.connect("emil@eu.example");
  const vault = await world.vault(await browser.vaultName());
  fake.fail("revoke", "http_503", 1);
  const stream = await browser.watch();
  await stream.end();
  await waitUntilEmpty(vault);
  assert.equal(revocations("eu"), 2);
  assert.deepEqual([fake.log.at(-1)?.path, fake.log.at(-1)?.status], ["/oauth/v2/revoke/token", 200]);
});

test("a revocation that fails at a second login is retried, and the old cookie gives no access", async () => {
  const { vault, oldCookies, before } = await reconnect("http_503", 1);
  const stale = visitor();
  for (const [name, value] of oldCookies) stale.cookies.set(name, value);
  assert.equal((await stale.session()).connected, false);
  assert.equal((await stale.get("/api/crm/v8/org")).body.error.code, "reauthorization_required");
  await waitUntilEmpty(vault);
  assert.equal(revocations("eu"), before + 2);
});

test("the retries stop after a time", async () => {
  const { vault, before } = await reconnect("http_503", 100);
  await waitUntilEmpty(vault);
  assert.equal(revocations("eu"), before + 3);
});

test("a revocation that the server rejects is not retried", async () => {
  const { vault, before } = await reconnect("invalid_client", 100);
  assert.ok(revocations("eu") > before);
  assert.equal(await vault.isEmpty(), true);
});
