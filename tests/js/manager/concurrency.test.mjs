// Any number of callers, one token request.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { memoryStore, TokenManager } from "grantkit";
import { refused } from "./support/expect.mjs";
import { access, rotatingServer } from "./support/rotating.mjs";
import { gate, lockless, tampered } from "./support/stores.mjs";
import { LIFE, world } from "./support/world.mjs";

/** @param {number} count @param {() => Promise<string>} call */
const many = async (count, call) => [...new Set(await Promise.all(Array.from({ length: count }, call)))];

test("10 000 callers of an expired token cause one request, and all get its token", async () => {
  const { manager, tokens, refreshes, stored, advance } = await world();
  advance(LIFE);
  const got = await many(10_000, () => manager.accessToken());
  assert.deepEqual(got, [(await stored()).tokens.access_token]);
  assert.notEqual(got[0], tokens.access_token);
  assert.equal(refreshes(), 1);
});

test("10 000 callers of a fresh token cause none: one load each, no lock, no save", async () => {
  const { store, counts } = tampered();
  const { manager, tokens, refreshes } = await world({ store });
  const before = { ...counts };
  assert.deepEqual(await many(10_000, () => manager.accessToken()), [tokens.access_token]);
  assert.deepEqual(counts, { ...before, load: before.load + 10_000 });
  assert.equal(refreshes(), 0);
});

test("one refresh is one lock, the mark and the tokens", async () => {
  const { store, counts } = tampered();
  const { manager, advance } = await world({ store });
  advance(LIFE);
  const before = { ...counts };
  await manager.accessToken();
  assert.deepEqual(counts, { load: before.load + 2, save: before.save + 2, delete: 0, lock: 1 });
});

test("a refresh that is gone, as with a request that Workers cancelled, holds those who joined it up for a while only", async (t) => {
  const { state, time, begin } = rotatingServer();
  const under = memoryStore();
  const reached = gate();
  let locks = 0;
  /** @type {NonNullable<import("grantkit").TokenStore["lock"]>} */
  const lock = async (key, run) => {
    locks += 1;
    if (locks > 1) return under.lock?.(key, run) ?? run();
    reached.open();
    return new Promise(() => {});
  };
  const manager = await begin({ ...under, lock });
  time.now += LIFE;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  void manager.accessToken();
  await reached.opened;
  const joined = manager.accessToken();
  for (let turns = 0; turns < 20; turns += 1) await turn();
  t.mock.timers.tick(14_999);
  for (let turns = 0; turns < 20; turns += 1) await turn();
  assert.equal(locks, 1);
  t.mock.timers.tick(1);
  assert.equal(await joined, access(2));
  assert.deepEqual([locks, state.presented.length], [2, 1]);
});

test("callers who come while the request is in flight join it, and one who comes after finds its tokens", async () => {
  const { state, time, begin } = rotatingServer();
  const manager = await begin(memoryStore());
  /** @type {Promise<string[]>[]} */
  const late = [];
  state.during = () => void late.push(many(50, () => manager.accessToken()));
  time.now += LIFE;
  assert.deepEqual(await many(50, () => manager.accessToken()), [access(2)]);
  assert.deepEqual(await Promise.all(late), [[access(2)]]);
  assert.equal(await manager.accessToken(), access(2));
  assert.equal(state.presented.length, 1);
});

test("a failed refresh fails for all who wait, and is one request", async () => {
  const { fake, manager, refreshes, advance } = await world();
  advance(LIFE);
  fake.fail("token", "http_500_html");
  const calls = Array.from({ length: 100 }, () => refused(manager.accessToken(), { code: "unexpected_response" }));
  assert.equal(new Set(await Promise.all(calls)).size, 1);
  assert.equal(refreshes(), 1);
  await manager.accessToken();
  assert.equal(refreshes(), 2);
});

test("5 callers, each with a minValidity of its own, cause one request, and those who need no new token get the old one", async () => {
  const { manager, tokens, refreshes, stored, advance } = await world();
  advance(LIFE - 1000);
  const validities = [0, 600, 999, 1000, 3000];
  const got = await Promise.all(validities.map((minValidity) => manager.accessToken({ minValidity })));
  const { access_token } = (await stored()).tokens;
  assert.deepEqual(
    got,
    [tokens, tokens, tokens, { access_token }, { access_token }].map((set) => set.access_token),
  );
  assert.equal(refreshes(), 1);
});

test("a refresh that was begun for another caller, and does not do for this one, is followed by one of its own", async () => {
  const { state, time, begin, client } = rotatingServer();
  const under = memoryStore();
  const manager = await begin(under);
  time.now += LIFE;
  // While the first caller waits for the lock, another process saves tokens with 500 seconds left.
  const locked = gate();
  const lock = /** @type {NonNullable<typeof under.lock>} */ (under.lock);
  const held = lock("default", () => locked.opened);
  const easy = manager.accessToken();
  const demanding = [600, 700, 800].map((minValidity) => manager.accessToken({ minValidity }));
  state.life = 500;
  await new TokenManager(client, lockless(under)).accessToken();
  state.life = LIFE;
  locked.open();
  await held;
  assert.equal(await easy, access(2));
  assert.deepEqual(await Promise.all(demanding), [access(3), access(3), access(3)]);
  assert.equal(state.presented.length, 2);
});

test("callers who want more validity than the server ever gives get the newest token of one request", async () => {
  const { manager, refreshes, stored, advance } = await world();
  advance(LIFE);
  const got = await many(200, () => manager.accessToken({ minValidity: 10 * LIFE }));
  assert.deepEqual(got, [(await stored()).tokens.access_token]);
  assert.equal(refreshes(), 1);
});

test("two managers on one grant of one store cause one request", async () => {
  const { manager, sibling, refreshes, stored, advance } = await world();
  const other = sibling();
  advance(LIFE);
  const got = await Promise.all([manager, other].map((each) => many(100, () => each.accessToken())));
  const { access_token } = (await stored()).tokens;
  assert.deepEqual(got, [[access_token], [access_token]]);
  assert.equal(refreshes(), 1);
});

test("two managers over a store that loses no race for lack of a lock: the loser of the mark takes the winner's tokens", async () => {
  const { state, time, begin, client } = rotatingServer();
  const { store, under, on } = tampered();
  await begin(under);
  const [one, two] = [store, store].map((each) => new TokenManager(client, lockless(each)));
  time.now += LIFE;
  // Both have loaded before either saves its mark; the loser then waits until the winner is done.
  const first = gate();
  let saves = 0;
  on.save = async (proceed) => {
    saves += 1;
    if (saves === 2) await first.opened;
    const saved = await proceed();
    if (saves === 3) first.open();
    return saved;
  };
  const got = await Promise.all([one, two].map((each) => each?.accessToken()));
  assert.deepEqual(got, [access(2), access(2)]);
  assert.equal(state.presented.length, 1);
});
