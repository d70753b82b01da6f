// Zoho takes ten token requests in ten minutes for a refresh token. The eleventh is never sent.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { OAuthClient, TokenManager, zoho } from "grantkit";
import { fileStore } from "grantkit/node";
import { folder } from "../stores/support/folder.mjs";
import { refused } from "./support/expect.mjs";
import { rotatingServer } from "./support/rotating.mjs";
import { tampered } from "./support/stores.mjs";
import { CLIENT, LIFE, NOW, SCOPE, world } from "./support/world.mjs";

/** Ten minutes, and ten seconds in which a request may still be under way: the server's window begins when it arrives. */
const WINDOW = 610;
/** A wish that no token fulfils, so that each call wants a new one. */
const NEW = { minValidity: LIFE + 1 };
/** @param {number} retryAfter */
const spent = (retryAfter) => ({
  code: /** @type {const} */ ("throttled"),
  retryable: true,
  retryAfter,
  status: undefined,
});

/** @param {Awaited<ReturnType<typeof world>>} whole @param {number} step seconds between two requests */
async function spend({ manager, advance }, step) {
  for (let request = 0; request < 10; request += 1) {
    if (request > 0) advance(step);
    await manager.accessToken(NEW);
  }
}

test("ten requests in ten minutes; the eleventh need gets the valid token, or the exact time to wait, and sends nothing", async () => {
  const whole = await world();
  const { manager, refreshes, stored, advance, fake } = whole;
  await spend(whole, 30);
  assert.deepEqual(
    (await stored()).requests,
    Array.from({ length: 10 }, (_, at) => NOW + 30 * at),
  );
  const sent = fake.log.length;
  const { access_token } = (await stored()).tokens;
  // The first request was at NOW, and it is NOW + 270.
  await refused(manager.accessToken(NEW), spent(WINDOW - 270));
  assert.equal(await manager.accessToken(), access_token);
  advance(WINDOW - 271);
  await refused(manager.accessToken(NEW), spent(1));
  await refused(Promise.all(Array.from({ length: 100 }, () => manager.accessToken(NEW))), spent(1));
  assert.equal(fake.log.length, sent);
  advance(1);
  assert.notEqual(await manager.accessToken(NEW), access_token);
  assert.equal(refreshes(), 11);
  assert.equal(fake.log.at(-1)?.error, undefined);
});

test("the window slides: each request frees its place when the server's window must have ended", async () => {
  const whole = await world();
  const { manager, refreshes, stored, advance } = whole;
  await spend(whole, 50);
  for (let request = 11; request <= 40; request += 1) {
    // Ten requests span 450 seconds, so the first of each ten waits for the rest of the window.
    const wait = request % 10 === 1 ? WINDOW - 450 : 50;
    await refused(manager.accessToken(NEW), spent(wait));
    advance(wait);
    await manager.accessToken(NEW);
    assert.equal(refreshes(), request);
    assert.equal((await stored()).requests.length, 10);
  }
});

test("the fake, which counts for itself, never has to refuse: six hours of the greediest caller", async () => {
  const { manager, fake, advance, refreshes } = await world();
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
  // Ten requests in sixteen steps, the first that are longer than the window.
  assert.equal(refreshes(), 340);
  assert.deepEqual([...new Set(fake.log.map(({ error }) => error))], [undefined]);
});

test("a restart forgets nothing", async (t) => {
  const path = join(await folder(t), "tokens.json");
  const whole = await world({ store: fileStore(path) });
  const { fake, time, advance, refreshes } = whole;
  await spend(whole, 10);
  const restarted = () =>
    new TokenManager(
      new OAuthClient({ server: zoho(), ...CLIENT, fetch: fake.fetch, clock: () => time.now * 1000 }),
      fileStore(path),
    );
  await refused(restarted().accessToken(NEW), spent(WINDOW - 90));
  assert.equal(await restarted().accessToken(), (await whole.stored()).tokens.access_token);
  assert.equal(refreshes(), 10);
  advance(WINDOW - 90);
  await restarted().accessToken(NEW);
  assert.equal(refreshes(), 11);
});

test("a request whose answer is lost, or is no token, is spent all the same", async () => {
  const { manager, fake, refreshes, advance } = await world();
  advance(LIFE);
  fake.fail("token", "reset", 5);
  fake.fail("token", "http_500_html", 5);
  for (let call = 0; call < 5; call += 1) await refused(manager.accessToken(), { code: "network" });
  for (let call = 0; call < 5; call += 1) await refused(manager.accessToken(), { code: "unexpected_response" });
  await refused(manager.accessToken(), spent(WINDOW));
  assert.equal(refreshes(), 10);
});

test("a request that is marked and never sent, since the process died, is counted", async () => {
  const { store, on } = tampered();
  const { manager, sibling, stored, advance } = await world({ store });
  advance(LIFE);
  on.save = async (proceed) => {
    await proceed();
    throw new Error("the process is gone");
  };
  for (let death = 0; death < 10; death += 1) await refused(sibling().accessToken(), { code: "store" });
  delete on.save;
  assert.equal((await stored()).requests.length, 10);
  await refused(manager.accessToken(), spent(WINDOW));
});

test("the budget is the refresh token's: other tokens of the same one keep it, a new one begins anew", async () => {
  const whole = await world();
  const { manager, fake, client, tokens, stored, refreshes } = whole;
  await spend(whole, 0);
  await manager.save((await stored()).tokens);
  await refused(manager.accessToken(NEW), spent(WINDOW));
  const { client_id } = CLIENT;
  const reconnected = await client.exchangeCode(fake.selfClientCode({ client_id, scope: SCOPE }));
  assert.notEqual(reconnected.refresh_token, tokens.refresh_token);
  await manager.save(reconnected);
  assert.deepEqual((await stored()).requests, []);
  await manager.accessToken(NEW);
  assert.equal(refreshes(), 11);
});

test("a clock that was set back a little frees no request, and one that was far ahead blocks nobody", async () => {
  const whole = await world();
  const { manager, time, refreshes } = whole;
  await spend(whole, 0);
  time.now -= WINDOW;
  await refused(manager.accessToken({ minValidity: 200_000 }), spent(WINDOW));
  // The requests are of a later window altogether, and would count until then.
  time.now -= 1;
  await refused(manager.accessToken({ minValidity: 200_000 }), { code: "throttled", status: 400 });
  assert.equal(refreshes(), 11);
});

test("a server without a budget is asked as often as callers want, and keeps no list", async () => {
  const { state, begin } = rotatingServer();
  const { store, under } = tampered();
  const manager = await begin(store);
  for (let call = 0; call < 40; call += 1) await manager.accessToken(NEW);
  assert.equal(state.presented.length, 40);
  assert.deepEqual((await under.load("default"))?.requests, []);
});
