// What becomes of a grant that cannot be revoked when its session ends.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { demo } from "./support/demo.mjs";

// It is tried again twice, within as long again as a session lasts.
const world = await demo({ variables: { SESSION_SECONDS: "5" } });
const { fake, visitor, accounts } = world;
afterEach(() => fake.fail("revoke", "empty", 0));

/** How often each accounts server was asked to revoke. @param {"eu" | "au"} location */
const asked = (location) =>
  world.sent.filter(({ url }) => url.startsWith(`${accounts[location]}/oauth/v2/revoke`)).length;

/** A browser that connects anew, and the vault that it had before, whose revocation fails. @param {string} how @param {number} times */
async function moved(how, times) {
  const browser = visitor();
  await browser.connect("emil@eu.example");
  const vault = await world.vault(await browser.vaultName());
  const earlier = new Map(browser.cookies);
  const before = asked("eu");
  fake.fail("revoke", how, times);
  assert.equal((await browser.connect("oscar@au.example")).status, 303);
  assert.equal((await browser.session()).location, "au");
  return { vault, earlier, before };
}

/** @param {any} vault */
async function emptied(vault) {
  while (!(await vault.isEmpty()));
}

test("a grant whose session ends while nothing can be revoked is revoked later", async () => {
  const browser = visitor();
  await browser.connect("emil@eu.example");
  const vault = await world.vault(await browser.vaultName());
  fake.fail("revoke", "http_503", 1);
  const stream = await browser.watch();
  await stream.end();
  await emptied(vault);
  assert.equal(asked("eu"), 2);
  assert.deepEqual([fake.log.at(-1)?.path, fake.log.at(-1)?.status], ["/oauth/v2/revoke/token", 200]);
});

test("so is that of a user who connects anew, and meanwhile nobody is served from it", async () => {
  const { vault, earlier, before } = await moved("http_503", 1);
  const stale = visitor();
  for (const [name, value] of earlier) stale.cookies.set(name, value);
  assert.equal((await stale.session()).connected, false);
  assert.equal((await stale.get("/api/crm/v8/org")).body.error.code, "reauthorization_required");
  await emptied(vault);
  assert.equal(asked("eu"), before + 2);
});

test("it is not tried for ever", async () => {
  const { vault, before } = await moved("http_503", 100);
  await emptied(vault);
  assert.equal(asked("eu"), before + 3);
});

test("what is refused is not tried again", async () => {
  const { vault, before } = await moved("invalid_client", 100);
  const once = asked("eu");
  assert.ok(once > before);
  assert.equal(await vault.isEmpty(), true);
});
