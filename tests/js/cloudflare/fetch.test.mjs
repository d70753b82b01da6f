// vaultFetch gives the guarantees of TokenManager.fetch, which tests/js/manager covers in full, with a vault's tokens.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { CLIENT, NOW, SCOPE, SCOPE_GRANTED } from "../../scenario/setup.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const fleet = startFleet({ after }, await bundleFleet());

const API = "https://www.zohoapis.com";
const LEADS = "/crm/v8/Leads?fields=Company&per_page=1";

const apiError = (/** @type {string} */ code, status = 401) =>
  Response.json({ code, details: {}, message: "m", status: "error" }, { status });

/**
 * A fleet that records the API calls, and whose API can respond in the fake's place.
 *
 * @param {(authorization: string, url: string) => Response | undefined} [respond]
 */
async function setUpApi(respond = () => undefined) {
  /** @type {{ url: string, authorization: string | null }[]} */
  const calls = [];
  const setup = await fleet.setUp(async (url, init) => {
    const authorization = new Headers(init.headers).get("authorization");
    if (url.includes("/oauth/")) return setup.fake.fetch(url, init);
    calls.push({ url, authorization });
    return respond(`${authorization}`, url) ?? setup.fake.fetch(url, init);
  });
  return { ...setup, calls };
}

test("a path of the CRM is called with the authorization header of the profile", async () => {
  const { vault, calls } = await setUpApi();
  const { invoke, connect } = vault("ada");
  await connect();
  const { results, events } = await invoke("call", LEADS);
  assert.equal(results[0].status, 200);
  assert.equal(JSON.parse(results[0].text).data.length, 1);
  const { access_token } = (await invoke("record")).tokens;
  assert.deepEqual(calls, [{ url: API + LEADS, authorization: `Zoho-oauthtoken ${access_token}` }]);
  assert.deepEqual(events, [{ step: "api", url: `${API}/crm/v8/Leads`, status: 200 }]);
});

test("the API of the user's data centre is called", async () => {
  const { fake, vault, calls } = await setUpApi();
  const { invoke } = vault("ben");
  const location = "eu";
  const code = fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE, location });
  await invoke("connect", code, { location });
  const { results } = await invoke("call", "/crm/v8/org");
  assert.equal(JSON.parse(results[0].text).org[0].country_code, "DE");
  assert.equal((await invoke("status")).accounts_server, "https://accounts.zoho.eu");
  const { results: elsewhere } = await invoke("call", `${API}/crm/v8/org`);
  assert.equal(elsewhere[0].thrown.raw.code, "invalid_configuration");
  assert.deepEqual(
    calls.map(({ url }) => url),
    ["https://www.zohoapis.eu/crm/v8/org"],
  );
});

test("another profile has another authorization scheme", async () => {
  const { vault, calls } = await setUpApi(() => Response.json({ me: true }));
  const settings = {
    server: {
      issuer: "https://as.example",
      token_endpoint: "https://as.example/token",
      api_domain: "https://api.example",
    },
    client_secret: "secret",
  };
  const { invoke } = vault("ada");
  await invoke("configure", settings);
  await fleet.restart();
  await invoke("save", { access_token: "at-1", token_type: "Bearer", expires_at: NOW + 3600 });
  const { results } = await invoke("call", "/me", { settings });
  assert.deepEqual(results, [{ status: 200, text: '{"me":true}' }]);
  assert.deepEqual(calls, [{ url: "https://api.example/me", authorization: "Bearer at-1" }]);
});

test("60 calls with an invalid token cause one refresh and one retry each", async () => {
  /** @type {string | undefined} */
  let invalid;
  const { vault, refreshes, calls } = await setUpApi((authorization) => {
    invalid ??= authorization;
    return authorization === invalid ? apiError("INVALID_TOKEN") : undefined;
  });
  const { invoke, connect } = vault("ada");
  await connect();
  const { results } = await invoke("call", LEADS, { times: 60 });
  assert.deepEqual([...new Set(results.map((/** @type {any} */ { status }) => status))], [200]);
  assert.equal(refreshes(), 1);
  const { access_token } = (await invoke("record")).tokens;
  const isNewToken = calls.map(({ authorization }) => authorization === `Zoho-oauthtoken ${access_token}`);
  assert.deepEqual([isNewToken.filter((isNew) => !isNew).length, isNewToken.filter((isNew) => isNew).length], [60, 60]);
});

test("an evicted token causes one refresh and one retry, and the trace has both calls", async () => {
  const { fake, vault, refreshes } = await fleet.setUp();
  const { invoke, connect } = vault("ada");
  await connect();
  fake.fail("api", "invalid_token");
  const { results, events } = await invoke("call", LEADS);
  assert.equal(results[0].status, 200);
  assert.equal(refreshes(), 1);
  const url = `${API}/crm/v8/Leads`;
  assert.deepEqual(events, [
    { step: "api", url, status: 401 },
    { step: "api", url, status: 200 },
  ]);
});

describe("no retry", () => {
  test("a token that is rejected again: the caller gets the response", async () => {
    const { vault, refreshes, calls } = await setUpApi(() => apiError("INVALID_TOKEN"));
    const { invoke, connect } = vault("ada");
    await connect();
    const { results } = await invoke("call", LEADS);
    assert.deepEqual([results[0].status, JSON.parse(results[0].text).code], [401, "INVALID_TOKEN"]);
    assert.deepEqual([refreshes(), calls.length], [1, 2]);
  });

  for (const [code, status] of /** @type {const} */ ([
    ["NO_PERMISSION", 403],
    ["OTHER", 401],
    ["TOO_MANY_REQUESTS", 429],
  ])) {
    test(`${status} ${code}`, async () => {
      const { vault, refreshes, calls } = await setUpApi(() => apiError(code, status));
      const { invoke, connect } = vault("ada");
      await connect();
      const { results } = await invoke("call", LEADS);
      assert.deepEqual([results[0].status, JSON.parse(results[0].text).code], [status, code]);
      assert.deepEqual([refreshes(), calls.length], [0, 1]);
    });
  }

  test("a missing scope is an error that names the granted scopes", async () => {
    const { vault, refreshes } = await fleet.setUp();
    const { invoke, connect } = vault("ada");
    await connect();
    const { results } = await invoke("call", "/crm/v8/users?type=CurrentUser");
    const { name, code, message } = results[0].thrown.raw;
    assert.deepEqual([name, code, refreshes()], ["OAuthError", "insufficient_scope", 0]);
    assert.ok(message.includes(`, granted are ${SCOPE_GRANTED}: send `), message);
  });
});

test("the token is sent to no other origin, also not after a redirect", async () => {
  const elsewhere = "https://evil.example/stolen";
  const { vault, calls } = await setUpApi((_, url) =>
    url === elsewhere
      ? Response.json({ got: "it" })
      : new Response(null, { status: 302, headers: { location: elsewhere } }),
  );
  const { invoke, connect } = vault("ada");
  await connect();
  for (const input of [
    elsewhere,
    "//evil.example/",
    "http://www.zohoapis.com/crm/v8/org",
    "https://accounts.zoho.com/",
  ]) {
    const { results } = await invoke("call", input);
    assert.equal(results[0].thrown.raw.code, "invalid_configuration", input);
  }
  assert.deepEqual(calls, []);
  assert.equal((await invoke("call", "/crm/v8/org", { init: { redirect: "manual" } })).results[0].status, 302);
  assert.deepEqual((await invoke("call", "/crm/v8/org")).results, [{ status: 200, text: '{"got":"it"}' }]);
  assert.deepEqual(
    calls.map(({ url, authorization }) => [url, authorization !== null]),
    [
      [`${API}/crm/v8/org`, true],
      [`${API}/crm/v8/org`, true],
      [elsewhere, false],
    ],
  );
});

describe("errors of the vault reach the caller unchanged", () => {
  test("no grant", async () => {
    const { vault } = await fleet.setUp();
    const { thrown } = (await vault("unknown").invoke("call", LEADS)).results[0];
    assert.deepEqual([thrown.raw.name, thrown.raw.code], ["OAuthError", "reauthorization_required"]);
    assert.doesNotMatch(thrown.raw.message, /\n/);
  });

  test("the server throttles, and gets no request until retryAfter", async () => {
    const { fake, vault, refreshes } = await fleet.setUp();
    const { invoke, connect, advance } = vault("ada");
    await connect();
    await advance(3600);
    fake.fail("token", "throttle");
    for (const retryAfter of [600, 600]) {
      const { raw, error } = (await invoke("call", LEADS)).results[0].thrown;
      assert.deepEqual([raw.code, raw.retryAfter, error.retryable], ["throttled", retryAfter, true]);
    }
    assert.equal(refreshes(), 1);
  });

  test("a bug in the vault is a store error with its message as the cause", async () => {
    const { vault } = await fleet.setUp();
    const { invoke } = vault("ada");
    await invoke("configure", { bug: "no such binding" });
    await fleet.restart();
    const { error } = (await invoke("call", LEADS)).results[0].thrown;
    assert.deepEqual([error.code, error.retryable, error.cause], ["store", false, "no such binding"]);
  });
});
