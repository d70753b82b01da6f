// Zoho accepts ten token requests in ten minutes for each refresh token. The eleventh is never sent.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { OAuthClient, TokenManager, zoho } from "grantkit";
import { fileStore } from "grantkit/node";
import { folder } from "../stores/support/folder.mjs";
import { rejects } from "./support/expect.mjs";
import { rotatingServer } from "./support/rotating.mjs";
import { CLIENT, LIFETIME, NOW, SCOPE, setUp } from "./support/setup.mjs";
import { instrumentedStore } from "./support/stores.mjs";
import { passingTime } from "./support/time.mjs";

/** Ten minutes, and ten seconds for a request in flight: the server's window starts when the request arrives. */
const WINDOW = 610;
/** A minValidity that no token has, so that each call needs a new one. */
const NEW = { minValidity: LIFETIME + 1 };
/** @param {number} retryAfter */
const throttledFor = (retryAfter) => ({
  code: /** @type {const} */ ("throttled"),
  retryable: true,
  retryAfter,
  status: undefined,
});

/** @param {Awaited<ReturnType<typeof setUp>>} setup @param {number} step seconds between two requests */
async function spend({ manager, advance }, step) {
  for (let request = 0; request < 10; request += 1) {
    if (request > 0) advance(step);
    await manager.accessToken(NEW);
  }
}

test("after ten requests in ten minutes a caller gets the valid token or the exact retryAfter, and nothing is sent", async () => {
  const setup = await setUp();
  const { manager, refreshes, stored, advance, fake } = setup;
  await spend(setup, 30);
  assert.deepEqual(
    (await stored()).requests,
    Array.from({ length: 10 }, (_, at) => NOW + 30 * at),
  );
  const sent = fake.log.length;
  const { access_token } = (await stored()).tokens;
  // The first request was at NOW, and it is NOW + 270.
  await rejects(manager.accessToken(NEW), throttledFor(WINDOW - 270));
  assert.equal(await manager.accessToken(), access_token);
  advance(WINDOW - 271);
  await rejects(manager.accessToken(NEW), throttledFor(1));
  await rejects(Promise.all(Array.from({ length: 100 }, () => manager.accessToken(NEW))), throttledFor(1));
  assert.equal(fake.log.length, sent);
  advance(1);
  assert.notEqual(await manager.accessToken(NEW), access_token);
  assert.equal(refreshes(), 11);
  assert.equal(fake.log.at(-1)?.error, undefined);
});

test("the window slides: a request stops counting when the server's window must have ended", async () => {
  const setup = await setUp();
  const { manager, refreshes, stored, advance } = setup;
  await spend(setup, 50);
  for (let request = 11; request <= 40; request += 1) {
    // Ten requests span 450 seconds, so the first of each ten waits for the rest of the window.
    const wait = request % 10 === 1 ? WINDOW - 450 : 50;
    await rejects(manager.accessToken(NEW), throttledFor(wait));
    advance(wait);
    await manager.accessToken(NEW);
    assert.equal(refreshes(), request);
    assert.equal((await stored()).requests.length, 10);
  }
});

test("the fake, which counts requests itself, never throttles a caller that refreshes for six hours", async () => {
  const { manager, fake, advance, refreshes } = await setUp();
  let throttled = 0;
  for (let second = 0; second < 6 * 3600; second += 40) {
    advance(40);
    await manager.accessToken(NEW).catch(({ code, retryAfter }) => {
      assert.equal(code, "throttled");
      assert.ok(retryAfter > 0 && retryAfter <= WINDOW);
      throttled += 1;
    });
  }
  assert.equal(refreshes() + throttled, 540);
  // Ten requests in sixteen steps, the fewest steps that are longer than the window.
  assert.equal(refreshes(), 340);
  assert.deepEqual([...new Set(fake.log.map(({ error }) => error))], [undefined]);
});

test("the budget survives a restart", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const setup = await setUp({ store: fileStore(path) });
  const { fake, time, advance, refreshes } = setup;
  await spend(setup, 10);
  const restarted = () =>
    new TokenManager(
      new OAuthClient({ server: zoho(), ...CLIENT, fetch: fake.fetch, clock: () => time.now * 1000 }),
      fileStore(path),
    );
  await rejects(restarted().accessToken(NEW), throttledFor(WINDOW - 90));
  assert.equal(await restarted().accessToken(), (await setup.stored()).tokens.access_token);
  assert.equal(refreshes(), 10);
  advance(WINDOW - 90);
  await restarted().accessToken(NEW);
  assert.equal(refreshes(), 11);
});

test("a request whose response is lost or has no token counts", async () => {
  const { manager, fake, refreshes, advance } = await setUp();
  advance(LIFETIME);
  fake.fail("token", "reset", 5);
  fake.fail("token", "http_500_html", 5);
  for (let call = 0; call < 5; call += 1) await rejects(manager.accessToken(), { code: "network" });
  for (let call = 0; call < 5; call += 1) await rejects(manager.accessToken(), { code: "unexpected_response" });
  await rejects(manager.accessToken(), throttledFor(WINDOW));
  assert.equal(refreshes(), 10);
});

test("a request that was marked but not sent, because the process died, counts", async (t) => {
  const { store, on } = instrumentedStore();
  const { manager, otherManager, stored, advance } = await setUp({ store });
  advance(LIFETIME);
  on.save = async (proceed) => {
    await proceed();
    throw new Error("the process died");
  };
  // Each waits half a minute, since the one before may have tokens to save.
  const passing = passingTime(t, () => advance(1));
  for (let crash = 0; crash < 10; crash += 1) await rejects(passing(otherManager().accessToken()), { code: "store" });
  delete on.save;
  const { requests } = await stored();
  assert.deepEqual(
    requests,
    Array.from({ length: 10 }, (_, at) => Number(requests[0]) + 30 * at),
  );
  await rejects(passing(manager.accessToken()), throttledFor(WINDOW - 9 * 30 - 30));
});

test("the budget belongs to the refresh token: saving the same one keeps it, a new one starts again", async () => {
  const setup = await setUp();
  const { manager, fake, client, tokens, stored, refreshes } = setup;
  await spend(setup, 0);
  await manager.save((await stored()).tokens);
  await rejects(manager.accessToken(NEW), throttledFor(WINDOW));
  const { client_id } = CLIENT;
  const reconnected = await client.exchangeCode(fake.selfClientCode({ client_id, scope: SCOPE }));
  assert.notEqual(reconnected.refresh_token, tokens.refresh_token);
  await manager.save(reconnected);
  assert.deepEqual((await stored()).requests, []);
  await manager.accessToken(NEW);
  assert.equal(refreshes(), 11);
});

test("a clock set back within the window frees no request, and requests of a later window do not count", async () => {
  const setup = await setUp();
  const { manager, time, refreshes } = setup;
  await spend(setup, 0);
  time.now -= WINDOW;
  await rejects(manager.accessToken({ minValidity: 200_000 }), throttledFor(WINDOW));
  // The requests are in a later window, and would count until it ends.
  time.now -= 1;
  await rejects(manager.accessToken({ minValidity: 200_000 }), { code: "throttled", status: 400 });
  assert.equal(refreshes(), 11);
});

test("a server without a limit gets every request, and the record lists none", async () => {
  const { state, managerOf } = rotatingServer();
  const { store, under } = instrumentedStore();
  const manager = await managerOf(store);
  for (let call = 0; call < 40; call += 1) await manager.accessToken(NEW);
  assert.equal(state.presented.length, 40);
  assert.deepEqual((await under.load("default"))?.requests, []);
});
