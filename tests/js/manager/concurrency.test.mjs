// Any number of concurrent callers cause one token request.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { memoryStore, OAuthError, TokenManager } from "grantkit";
import { rejects } from "./support/expect.mjs";
import { access, rotatingServer } from "./support/rotating.mjs";
import { LIFETIME, setUp } from "./support/setup.mjs";
import { gate, instrumentedStore, withoutLock } from "./support/stores.mjs";

/** @param {number} count @param {() => Promise<string>} call */
const many = async (count, call) => [...new Set(await Promise.all(Array.from({ length: count }, call)))];

test("10 000 callers of an expired token cause one request and get its token", async () => {
  const { manager, tokens, refreshes, stored, advance } = await setUp();
  advance(LIFETIME);
  const got = await many(10_000, () => manager.accessToken());
  assert.deepEqual(got, [(await stored()).tokens.access_token]);
  assert.notEqual(got[0], tokens.access_token);
  assert.equal(refreshes(), 1);
});

test("10 000 callers of a fresh token cause no request: one load each, no lock, no save", async () => {
  const { store, counts } = instrumentedStore();
  const { manager, tokens, refreshes } = await setUp({ store });
  const before = { ...counts };
  assert.deepEqual(await many(10_000, () => manager.accessToken()), [tokens.access_token]);
  assert.deepEqual(counts, { ...before, load: before.load + 10_000 });
  assert.equal(refreshes(), 0);
});

test("one refresh takes one lock and two saves, of the mark and of the tokens", async () => {
  const { store, counts } = instrumentedStore();
  const { manager, advance } = await setUp({ store });
  advance(LIFETIME);
  const before = { ...counts };
  await manager.accessToken();
  assert.deepEqual(counts, { load: before.load + 2, save: before.save + 2, delete: 0, lock: 1 });
});

test("a refresh that never settles, as in a cancelled Workers request, delays its joined callers only up to a limit", async (t) => {
  const { state, time, managerOf } = rotatingServer();
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
  const manager = await managerOf({ ...under, lock });
  time.now += LIFETIME;
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

test("callers during the request join it, and a later caller finds its tokens", async () => {
  const { state, time, managerOf } = rotatingServer();
  const manager = await managerOf(memoryStore());
  /** @type {Promise<string[]>[]} */
  const late = [];
  state.onRequest = () => void late.push(many(50, () => manager.accessToken()));
  time.now += LIFETIME;
  assert.deepEqual(await many(50, () => manager.accessToken()), [access(2)]);
  assert.deepEqual(await Promise.all(late), [[access(2)]]);
  assert.equal(await manager.accessToken(), access(2));
  assert.equal(state.presented.length, 1);
});

test("a failed refresh rejects all waiting callers and is one request", async () => {
  const { fake, manager, refreshes, advance } = await setUp();
  advance(LIFETIME);
  fake.fail("token", "http_500_html");
  const calls = Array.from({ length: 100 }, () => rejects(manager.accessToken(), { code: "unexpected_response" }));
  const [first, ...joined] = await Promise.all(calls);
  // Each caller that joined has an error of its own, with its own stack, and the shared one as its cause.
  assert.equal(new Set(joined).size, 99);
  for (const error of joined) assert.deepEqual([error.cause, error.message], [first, first?.message]);
  assert.equal(refreshes(), 1);
  await manager.accessToken();
  assert.equal(refreshes(), 2);
});

test("callers that share a failed refresh get its next step, also one that its message does not end with", async () => {
  const Made = /** @type {new (...given: unknown[]) => OAuthError} */ (/** @type {unknown} */ (OAuthError));
  const { store, on } = instrumentedStore();
  const { manager, advance } = await setUp({ store });
  advance(LIFETIME);
  const [code, message, next] = [
    "store",
    "the file cannot be written: EACCES: permission denied",
    "check its permissions",
  ];
  const thrown = new Made(code, message, { next, retryable: true, retryAfter: 7 });
  on.save = async () => {
    throw thrown;
  };
  const calls = Array.from({ length: 3 }, () => manager.accessToken());
  const expected = { code: thrown.code, message, next, retryable: true, retryAfter: 7 };
  const [first, ...joined] = await Promise.all(calls.map((call) => rejects(call, expected)));
  assert.equal(first, thrown);
  for (const error of joined) {
    assert.notEqual(error, thrown);
    assert.equal(error.cause, thrown);
    assert.deepEqual({ ...error }, { ...thrown });
  }
});

test("5 callers with different minValidity cause one request, and those that need no new token get the old one", async () => {
  const { manager, tokens, refreshes, stored, advance } = await setUp();
  advance(LIFETIME - 1000);
  const validities = [0, 600, 999, 1000, 3000];
  const got = await Promise.all(validities.map((minValidity) => manager.accessToken({ minValidity })));
  const { access_token } = (await stored()).tokens;
  assert.deepEqual(
    got,
    [tokens, tokens, tokens, { access_token }, { access_token }].map((set) => set.access_token),
  );
  assert.equal(refreshes(), 1);
});

test("a caller for whom the joined refresh is not enough starts another one", async () => {
  const { state, time, managerOf, client } = rotatingServer();
  const under = memoryStore();
  const manager = await managerOf(under);
  time.now += LIFETIME;
  // While the first caller waits for the lock, another process saves tokens with 500 seconds left.
  const locked = gate();
  const lock = /** @type {NonNullable<typeof under.lock>} */ (under.lock);
  const held = lock("default", () => locked.opened);
  const satisfied = manager.accessToken();
  const demanding = [600, 700, 800].map((minValidity) => manager.accessToken({ minValidity }));
  state.lifetime = 500;
  await new TokenManager(client, withoutLock(under)).accessToken();
  state.lifetime = LIFETIME;
  locked.open();
  await held;
  assert.equal(await satisfied, access(2));
  assert.deepEqual(await Promise.all(demanding), [access(3), access(3), access(3)]);
  assert.equal(state.presented.length, 2);
});

test("callers with a minValidity above the server's lifetime get the newest token of one request", async () => {
  const { manager, refreshes, stored, advance } = await setUp();
  advance(LIFETIME);
  const got = await many(200, () => manager.accessToken({ minValidity: 10 * LIFETIME }));
  assert.deepEqual(got, [(await stored()).tokens.access_token]);
  assert.equal(refreshes(), 1);
});

test("two managers of one grant in one store cause one request", async () => {
  const { manager, otherManager, refreshes, stored, advance } = await setUp();
  const other = otherManager();
  advance(LIFETIME);
  const got = await Promise.all([manager, other].map((each) => many(100, () => each.accessToken())));
  const { access_token } = (await stored()).tokens;
  assert.deepEqual(got, [[access_token], [access_token]]);
  assert.equal(refreshes(), 1);
});

test("two managers over a store without a lock: the one that loses the mark takes the winner's tokens", async () => {
  const { state, time, managerOf, client } = rotatingServer();
  const { store, under, on } = instrumentedStore();
  await managerOf(under);
  const [one, two] = [store, store].map((each) => new TokenManager(client, withoutLock(each)));
  time.now += LIFETIME;
  // Both load before either saves its mark. The loser then waits until the winner has saved its tokens.
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
