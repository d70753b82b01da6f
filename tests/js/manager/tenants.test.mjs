// Many tenants in one process and one store, each with its own key, data centre, client and secret.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore, OAuthClient, sealedStore, sealer, TokenManager, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { rejects } from "./support/expect.mjs";
import { LIFETIME, NOW, SCOPE } from "./support/setup.mjs";

const LOCATIONS = /** @type {const} */ (["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk", "ae"]);
const KEY = Buffer.alloc(32, 7).toString("base64url");

/** One tenant in each data centre, with its own user and Self Client. */
async function tenants() {
  const secrets = LOCATIONS.map((location) => ({
    location,
    client_id: `1000.${location}`,
    client_secret: `of-${location}`,
  }));
  const fake = await fakeZoho({
    clients: secrets,
    users: LOCATIONS.map((location) => ({ email: `user@${location}.example`, location })),
    now: NOW,
    seed: 3,
  });
  const time = { now: NOW };
  const store = sealedStore(memoryStore(), sealer(KEY, { clock: () => time.now * 1000 }));
  /** @type {{ location: string, url: string, authorization: string | null, body: string }[]} */
  const sent = [];
  const list = await Promise.all(
    secrets.map(async ({ location, client_id, client_secret }) => {
      const client = new OAuthClient({
        server: zoho({ location }),
        client_id,
        client_secret,
        clock: () => time.now * 1000,
        fetch(url, init) {
          const authorization = new Headers(init.headers).get("authorization");
          sent.push({ location, url, authorization, body: String(init.body ?? "") });
          return fake.fetch(url, init);
        },
      });
      const tokens = await client.exchangeCode(fake.selfClientCode({ client_id, scope: SCOPE, location }));
      const manager = new TokenManager(client, store, { key: `tenant of ${location}` });
      await manager.save(tokens);
      return { location, client_id, client_secret, manager, tokens };
    }),
  );
  sent.length = 0;
  const advance = (/** @type {number} */ seconds) => {
    time.now += seconds;
    fake.advance(seconds);
  };
  const refreshes = () => fake.log.filter(({ grant_type }) => grant_type === "refresh_token").length;
  return { fake, store, time, sent, list, advance, refreshes };
}

test("concurrent tenants get their own tokens, from their data centre, with their client secret", async () => {
  const { sent, list, store, advance, refreshes } = await tenants();
  advance(LIFETIME);
  const rounds = Array.from({ length: 20 }, () => list).flat();
  const got = await Promise.all(rounds.map(({ manager }) => manager.accessToken()));
  assert.equal(refreshes(), 10);
  assert.equal(new Set(got).size, 10);
  for (const [at, { location, client_id, client_secret, tokens }] of list.entries()) {
    const record = await store.load(`tenant of ${location}`);
    assert.deepEqual([...new Set(got.filter((_, call) => call % 10 === at))], [record?.tokens.access_token]);
    assert.deepEqual(
      [record?.tokens.refresh_token, record?.tokens.accounts_server, record?.tokens.api_domain],
      [tokens.refresh_token, tokens.accounts_server, tokens.api_domain],
    );
    const own = sent.filter((request) => request.location === location);
    assert.deepEqual(
      own.map(({ url }) => url),
      [`${tokens.accounts_server}/oauth/v2/token`],
    );
    const form = new URLSearchParams(own[0]?.body);
    assert.deepEqual(
      [form.get("client_id"), form.get("client_secret"), form.get("refresh_token")],
      [client_id, client_secret, tokens.refresh_token],
    );
  }
  assert.equal(new Set(list.map(({ tokens }) => tokens.accounts_server)).size, 10);
});

test("a path is called at each tenant's API with its token, and another tenant's origin is rejected", async () => {
  const { sent, list } = await tenants();
  await Promise.all(list.map(({ manager }) => manager.fetch("/crm/v8/org")));
  for (const { location, tokens } of list) {
    const own = sent.filter((request) => request.location === location);
    assert.deepEqual(
      own.map(({ url, authorization }) => [url, authorization]),
      [[`${tokens.api_domain}/crm/v8/org`, `Zoho-oauthtoken ${tokens.access_token}`]],
    );
  }
  const [first, second] = list;
  const theirs = `${second?.tokens.api_domain}/crm/v8/org`;
  await rejects(/** @type {any} */ (first).manager.fetch(theirs), { code: "invalid_configuration" });
  assert.equal(sent.length, 10);
});

test("a failure, a spent budget, a revoked grant or a revocation of one tenant does not affect others", async () => {
  const { fake, list, store, advance, refreshes } = await tenants();
  const [throttled, spent, rejected, revoked, ...others] = list.map(({ manager }) => manager);
  assert.ok(throttled && spent && rejected && revoked);
  for (let request = 0; request < 10; request += 1) await spent.accessToken({ minValidity: LIFETIME + 1 });
  await rejects(spent.accessToken({ minValidity: LIFETIME + 1 }), { code: "throttled", retryAfter: 610 });
  advance(LIFETIME);
  fake.fail("token", "throttle");
  await rejects(throttled.accessToken(), { code: "throttled" });
  fake.fail("token", "invalid_code");
  await rejects(rejected.accessToken(), { code: "reauthorization_required" });
  await revoked.revoke();
  const before = refreshes();
  const tokens = await Promise.all(others.map((manager) => manager.accessToken()));
  assert.equal(new Set(tokens).size, 6);
  assert.equal(refreshes(), before + 6);
  const records = await Promise.all(LOCATIONS.map((location) => store.load(`tenant of ${location}`)));
  assert.deepEqual(
    records.map((record) => record && [record.requests.length, "hold_until" in record, "rejected_at" in record]),
    [[1, true, false], [10, false, false], [1, false, true], undefined, ...Array(6).fill([1, false, false])],
  );
});

test("two keys of one client, and one key in two stores, are different grants", async () => {
  const { list } = await tenants();
  const [one] = list;
  assert.ok(one);
  const { manager, tokens } = one;
  const client = new OAuthClient({ server: zoho(), client_id: "1000.us", clock: () => NOW * 1000 });
  const shared = memoryStore();
  const managers = [
    new TokenManager(client, shared, { key: "a" }),
    new TokenManager(client, shared, { key: "b" }),
    new TokenManager(client, memoryStore(), { key: "a" }),
    new TokenManager(client, shared),
  ];
  for (const [at, each] of managers.entries()) await each.save({ ...tokens, access_token: `token ${at}` });
  const got = await Promise.all(managers.map((each) => each.accessToken()));
  assert.deepEqual(got, ["token 0", "token 1", "token 2", "token 3"]);
  assert.equal(await manager.accessToken(), tokens.access_token);
});

test('an unknown option is rejected, since the grant of the key "default" would be used', () => {
  const client = new OAuthClient({ server: zoho(), client_id: "1000.us" });
  for (const [options, message] of /** @type {[any, RegExp][]} */ ([
    [{ keys: "user:2" }, /has no option "keys" among key, leeway, storeTimeoutMs: pass "key" instead, or omit it$/],
    [
      { key: "user:2", leway: 60 },
      /has no option "leway" among key, leeway, storeTimeoutMs: pass "leeway" instead, or omit it$/,
    ],
    [{ key: undefined }, /^key is undefined: check the variable that it comes from, or omit it$/],
    ["user:2", /the options of TokenManager are not an object: pass an object, such as \{ key \}$/],
    [null, /the options of TokenManager are not an object: pass an object, such as \{ key \}$/],
  ])) {
    assert.throws(() => new TokenManager(client, memoryStore(), options), { code: "invalid_configuration", message });
  }
});
