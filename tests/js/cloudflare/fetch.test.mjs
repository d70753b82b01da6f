// vaultFetch: the guarantees of a manager's fetch, which the manager's own tests spell out, with the tokens of a vault.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { CLIENT, NOW, SCOPE, SCOPE_GRANTED } from "../../scenario/setup.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const fleet = startFleet({ after }, await bundleFleet());

const API = "https://www.zohoapis.com";
const LEADS = "/crm/v8/Leads?fields=Company&per_page=1";

const said = (/** @type {string} */ code, status = 401) =>
  Response.json({ code, details: {}, message: "m", status: "error" }, { status });

/**
 * A fleet whose API refuses some tokens in a fake's stead, and writes down what it is asked.
 *
 * @param {(authorization: string, url: string) => Response | undefined} [refuse]
 */
async function guarded(refuse = () => undefined) {
  /** @type {{ url: string, authorization: string | null }[]} */
  const calls = [];
  const world = await fleet.world(async (url, init) => {
    const authorization = new Headers(init.headers).get("authorization");
    if (url.includes("/oauth/")) return world.fake.fetch(url, init);
    calls.push({ url, authorization });
    return refuse(`${authorization}`, url) ?? world.fake.fetch(url, init);
  });
  return { ...world, calls };
}

test("the main job: a path of the CRM, with the header of the profile", async () => {
  const { vault, calls } = await guarded();
  const { tell, connect } = vault("ada");
  await connect();
  const { answers, events } = await tell("call", LEADS);
  assert.equal(answers[0].status, 200);
  assert.equal(JSON.parse(answers[0].text).data.length, 1);
  const { access_token } = (await tell("record")).tokens;
  assert.deepEqual(calls, [{ url: API + LEADS, authorization: `Zoho-oauthtoken ${access_token}` }]);
  assert.deepEqual(events, [{ step: "api", url: `${API}/crm/v8/Leads`, status: 200 }]);
});

test("a user of another data centre is called there", async () => {
  const { fake, vault, calls } = await guarded();
  const { tell } = vault("ben");
  const location = "eu";
  const code = fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE, location });
  await tell("connect", code, { location });
  const { answers } = await tell("call", "/crm/v8/org");
  assert.equal(JSON.parse(answers[0].text).org[0].country_code, "DE");
  assert.equal((await tell("status")).accounts_server, "https://accounts.zoho.eu");
  const { answers: elsewhere } = await tell("call", `${API}/crm/v8/org`);
  assert.equal(elsewhere[0].thrown.raw.code, "invalid_configuration");
  assert.deepEqual(
    calls.map(({ url }) => url),
    ["https://www.zohoapis.eu/crm/v8/org"],
  );
});

test("another server's profile has another scheme", async () => {
  const { vault, calls } = await guarded(() => Response.json({ me: true }));
  const settings = {
    server: {
      issuer: "https://as.example",
      token_endpoint: "https://as.example/token",
      api_domain: "https://api.example",
    },
    client_secret: "secret",
  };
  const { tell } = vault("ada");
  await tell("configure", settings);
  await fleet.restart();
  await tell("save", { access_token: "at-1", token_type: "Bearer", expires_at: NOW + 3600 });
  const { answers } = await tell("call", "/me", { settings });
  assert.deepEqual(answers, [{ status: 200, text: '{"me":true}' }]);
  assert.deepEqual(calls, [{ url: "https://api.example/me", authorization: "Bearer at-1" }]);
});

test("60 calls with a token that is dead cause one refresh, and each its retry", async () => {
  /** @type {string | undefined} */
  let dead;
  const { vault, refreshes, calls } = await guarded((authorization) => {
    dead ??= authorization;
    return authorization === dead ? said("INVALID_TOKEN") : undefined;
  });
  const { tell, connect } = vault("ada");
  await connect();
  const { answers } = await tell("call", LEADS, { times: 60 });
  assert.deepEqual([...new Set(answers.map((/** @type {any} */ { status }) => status))], [200]);
  assert.equal(refreshes(), 1);
  const { access_token } = (await tell("record")).tokens;
  const carried = calls.map(({ authorization }) => authorization === `Zoho-oauthtoken ${access_token}`);
  assert.deepEqual([carried.filter((isNew) => !isNew).length, carried.filter((isNew) => isNew).length], [60, 60]);
});

test("a token that the server evicted: one refresh, one retry, and the trace tells of both calls", async () => {
  const { fake, vault, refreshes } = await fleet.world();
  const { tell, connect } = vault("ada");
  await connect();
  fake.fail("api", "invalid_token");
  const { answers, events } = await tell("call", LEADS);
  assert.equal(answers[0].status, 200);
  assert.equal(refreshes(), 1);
  const url = `${API}/crm/v8/Leads`;
  assert.deepEqual(events, [
    { step: "api", url, status: 401 },
    { step: "api", url, status: 200 },
  ]);
});

describe("no second try", () => {
  test("a token that is refused again: the answer is the caller's", async () => {
    const { vault, refreshes, calls } = await guarded(() => said("INVALID_TOKEN"));
    const { tell, connect } = vault("ada");
    await connect();
    const { answers } = await tell("call", LEADS);
    assert.deepEqual([answers[0].status, JSON.parse(answers[0].text).code], [401, "INVALID_TOKEN"]);
    assert.deepEqual([refreshes(), calls.length], [1, 2]);
  });

  for (const [what, status] of /** @type {const} */ ([
    ["NO_PERMISSION", 403],
    ["OTHER", 401],
    ["TOO_MANY_REQUESTS", 429],
  ])) {
    test(`${status} ${what}`, async () => {
      const { vault, refreshes, calls } = await guarded(() => said(what, status));
      const { tell, connect } = vault("ada");
      await connect();
      const { answers } = await tell("call", LEADS);
      assert.deepEqual([answers[0].status, JSON.parse(answers[0].text).code], [status, what]);
      assert.deepEqual([refreshes(), calls.length], [0, 1]);
    });
  }

  test("a scope that is missing is an error that names those granted", async () => {
    const { vault, refreshes } = await fleet.world();
    const { tell, connect } = vault("ada");
    await connect();
    const { answers } = await tell("call", "/crm/v8/users?type=CurrentUser");
    const { name, code, message } = answers[0].thrown.raw;
    assert.deepEqual([name, code, refreshes()], ["OAuthError", "insufficient_scope", 0]);
    assert.ok(message.endsWith(`granted are: ${SCOPE_GRANTED}`), message);
  });
});

test("the token goes to no other origin, nor along with a redirect", async () => {
  const elsewhere = "https://evil.example/stolen";
  const { vault, calls } = await guarded((_, url) =>
    url === elsewhere
      ? Response.json({ got: "it" })
      : new Response(null, { status: 302, headers: { location: elsewhere } }),
  );
  const { tell, connect } = vault("ada");
  await connect();
  for (const input of [
    elsewhere,
    "//evil.example/",
    "http://www.zohoapis.com/crm/v8/org",
    "https://accounts.zoho.com/",
  ]) {
    const { answers } = await tell("call", input);
    assert.equal(answers[0].thrown.raw.code, "invalid_configuration", input);
  }
  assert.deepEqual(calls, []);
  assert.equal((await tell("call", "/crm/v8/org", { init: { redirect: "manual" } })).answers[0].status, 302);
  assert.deepEqual((await tell("call", "/crm/v8/org")).answers, [{ status: 200, text: '{"got":"it"}' }]);
  assert.deepEqual(
    calls.map(({ url, authorization }) => [url, authorization !== null]),
    [
      [`${API}/crm/v8/org`, true],
      [`${API}/crm/v8/org`, true],
      [elsewhere, false],
    ],
  );
});

describe("errors of the vault arrive as they were", () => {
  test("there is no grant", async () => {
    const { vault } = await fleet.world();
    const { thrown } = (await vault("nobody").tell("call", LEADS)).answers[0];
    assert.deepEqual([thrown.raw.name, thrown.raw.code], ["OAuthError", "reauthorization_required"]);
    assert.doesNotMatch(thrown.raw.message, /\n/);
  });

  test("the server fails, and then is left alone", async () => {
    const { fake, vault, refreshes } = await fleet.world();
    const { tell, connect, pass } = vault("ada");
    await connect();
    await pass(3600);
    fake.fail("token", "throttle");
    for (const retryAfter of [600, 600]) {
      const { raw, error } = (await tell("call", LEADS)).answers[0].thrown;
      assert.deepEqual([raw.code, raw.retryAfter, error.retryable], ["throttled", retryAfter, true]);
    }
    assert.equal(refreshes(), 1);
  });

  test("a bug in the vault is an error of the store, with its words", async () => {
    const { vault } = await fleet.world();
    const { tell } = vault("ada");
    await tell("configure", { bug: "no such binding" });
    await fleet.restart();
    const { error } = (await tell("call", LEADS)).answers[0].thrown;
    assert.deepEqual([error.code, error.retryable, error.cause], ["store", false, "no such binding"]);
  });
});
