// The redirect flow through the Worker, and the session that it creates.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo } from "./support/demo.mjs";
import { LEADS, SCOPE } from "./support/visitor.mjs";

const world = await demo();
const { fake, visitor, accounts, api, origin } = world;

/** @param {Response} response */
const redirectTarget = (response) => response.headers.get("location") ?? "";

/** The error page to which a failed callback redirects. @param {ReturnType<typeof visitor>} browser @param {Response} response */
async function errorPage(browser, response) {
  assert.equal(response.status, 303);
  assert.match(redirectTarget(response), /^\/failed\?error=[\w.-]+$/);
  const page = await browser.visit(redirectTarget(response));
  const text = await page.text();
  const [, code = ""] = /<strong><code>(\w+)<\/code><\/strong>/.exec(text) ?? [];
  const [, message = ""] = /<p>([^<]*)<\/p>\s*<\/div>/.exec(text) ?? [];
  assert.match(text, /<a class="button primary" href="\/">Start again<\/a>/);
  return { status: page.status, code, message: message.replaceAll("&#39;", "'") };
}

test("a browser connects, its page gets no credential, and the CRM responds through the vault", async () => {
  const browser = visitor();
  assert.deepEqual((await browser.open()).body.connected, false);

  const login = await browser.visit(`/login?location=jp&prompt=consent&scope=${SCOPE}`);
  assert.equal(login.status, 303);
  const consent = new URL(redirectTarget(login));
  assert.equal(consent.origin + consent.pathname, `${accounts.jp}/oauth/v2/auth`);
  const { state = "", code_challenge = "", ...rest } = Object.fromEntries(consent.searchParams);
  assert.deepEqual(rest, {
    response_type: "code",
    client_id: "1000.WEBCLIENT",
    redirect_uri: `${origin}/callback`,
    scope: SCOPE,
    access_type: "offline",
    code_challenge_method: "S256",
    prompt: "consent",
  });
  assert.match(state, /^[\w-]{43}$/);
  assert.match(code_challenge, /^[\w-]{43}$/);

  const callback = await browser.visit(fake.consent(consent, { email: "emil@eu.example" }));
  assert.equal(callback.status, 303);
  assert.equal(redirectTarget(callback), "/");

  const { access_token, refresh_token, expires_at, now, ...session } = await browser.session();
  assert.deepEqual(session, {
    connected: true,
    kind: "web",
    location: "eu",
    accounts_server: accounts.eu,
    api_domain: api.eu,
    scope: SCOPE.replace(",", " "),
    requests_left: 10,
    lifetime: 3600,
  });
  const masked = [...world.secrets]
    .filter((secret) => secret.startsWith("1000."))
    .map((secret) => `…${secret.slice(-4)}`);
  assert.match(access_token, /^….{4}$/);
  assert.ok(masked.includes(access_token) && masked.includes(refresh_token));
  assert.ok(expires_at - now > 3590 && expires_at - now <= 3600, `${expires_at - now} s left`);

  const leads = await browser.get(LEADS);
  assert.equal(leads.status, 200);
  assert.equal(leads.body.data.length, 2);
});

test("by default, a login uses the client's data centre and all scopes, and no prompt", async () => {
  const { origin: host, searchParams } = new URL(redirectTarget(await visitor().visit("/login")));
  assert.equal(host, accounts.us);
  assert.equal(searchParams.get("scope")?.split(",").length, 5);
  assert.equal(searchParams.get("prompt"), null);
});

for (const [query, message] of [
  ["scope=ZohoCRM.modules.ALL", "does not request that scope"],
  ["scope=", "does not request that scope"],
  ["location=mars", "choose from us, eu, in"],
  ["prompt=none", "does not send that prompt"],
]) {
  test(`/login?${query} is rejected without a redirect`, async () => {
    const response = await visitor().visit(`/login?${query}`);
    assert.equal(response.status, 400);
    assert.equal(response.headers.get("location"), null);
    assert.match(await response.text(), new RegExp(`bad_request.*${message}`, "s"));
  });
}

test("a login that the user denies shows the error, and creates no grant", async () => {
  const browser = visitor();
  const callback = fake.consent(await browser.login(), { deny: true });
  const { status, code, message } = await errorPage(browser, await browser.visit(callback));
  assert.deepEqual([status, code], [400, "authorization_response"]);
  assert.match(message, /^access_denied from 127\.0\.0\.1:\d+: /);
  assert.equal((await browser.session()).connected, false);
});

test("an error code that OAuth does not define is not shown", async () => {
  const browser = visitor();
  for (const [error, expected] of [
    ["invalid_scope", /^invalid_scope from 127\.0\.0\.1:\d+: /],
    [
      "Your account is locked, call 555",
      /^The callback contains an error code that OAuth does not define: check the client's/,
    ],
  ]) {
    const callback = new URL(fake.consent(await browser.login(), { deny: true }));
    callback.searchParams.set("error", `${error}`);
    const { status, code, message } = await errorPage(browser, await browser.visit(callback.href));
    assert.deepEqual([status, code], [400, "authorization_response"]);
    assert.match(message, /** @type {RegExp} */ (expected));
  }
});

test("two logins of one browser succeed in either order", async () => {
  const browser = visitor();
  const [first, second] = [await browser.login(), await browser.login({ location: "in" })];
  for (const [url, email, location] of [
    [second, "indira@in.example", "in"],
    [first, "ada@us.example", "us"],
  ]) {
    assert.equal(redirectTarget(await browser.visit(fake.consent(url ?? "", { email: email ?? "" }))), "/");
    assert.equal((await browser.session()).location, location);
  }
});

test("a callback is accepted once", async () => {
  const browser = visitor();
  const callback = fake.consent(await browser.login());
  assert.equal(redirectTarget(await browser.visit(callback)), "/");
  const before = await browser.session();
  const { status, code } = await errorPage(browser, await browser.visit(callback));
  assert.deepEqual([status, code], [400, "callback_mismatch"]);
  assert.equal((await browser.session()).access_token, before.access_token, "the grant stays");
});

test("a callback is accepted only from the browser that started the login", async () => {
  const [victim, attacker] = [visitor(), visitor()];
  const callback = fake.consent(await attacker.login());
  const { code } = await errorPage(victim, await victim.visit(callback));
  assert.equal(code, "callback_mismatch");
  assert.equal(redirectTarget(await attacker.visit(callback)), "/");
});

test("a callback with a forged accounts server is rejected before any request", async () => {
  const browser = visitor();
  await browser.open();
  const { callback } = (await browser.post("/api/demo/forge")).body;
  const { searchParams, pathname } = new URL(callback, origin);
  assert.equal(pathname, "/callback");
  assert.equal(searchParams.get("accounts-server"), "https://accounts.zoho.com.evil.example");
  const sent = world.sent.length;
  const response = await browser.get(callback);
  assert.deepEqual([response.status, response.body.error.code], [400, "callback_mismatch"]);
  assert.match(response.body.error.message, /accounts-server/);
  assert.deepEqual(world.sent.slice(sent), []);
});

test("a callback is rejected after the login has expired", async () => {
  const browser = visitor();
  await browser.open();
  const callback = fake.consent(await browser.login());
  await browser.post("/api/demo/expire");
  const { status, body } = await browser.get(callback);
  assert.deepEqual([status, body.error.code], [400, "callback_mismatch"]);
  assert.match(body.error.message, /expired/);
});

test("a rejected code and a failed token request are different errors", async () => {
  for (const [how, status, code, retryable] of /** @type {const} */ ([
    ["invalid_code", 400, "code_rejected", false],
    ["http_500_html", 502, "unexpected_response", true],
  ])) {
    const browser = visitor();
    const callback = fake.consent(await browser.login());
    fake.fail("token", how);
    const response = await browser.get(callback);
    assert.equal(response.status, status);
    assert.deepEqual([response.body.error.code, response.body.error.retryable], [code, retryable]);
    assert.deepEqual([...browser.cookies.keys()], ["session"], "the cookie of the login is deleted");
  }
});

test("the error page and its URL contain neither the code nor the state", async () => {
  const browser = visitor();
  const callback = new URL(fake.consent(await browser.login()));
  const values = [...callback.searchParams]
    .filter(([name]) => ["code", "state"].includes(name))
    .map(([, value]) => value);
  fake.fail("token", "html_200");
  const response = await browser.visit(callback.href);
  const page = await (await browser.visit(redirectTarget(response))).text();
  assert.equal(values.length, 2);
  for (const value of values) assert.equal((redirectTarget(response) + page).includes(value), false);
});

test("the error page shows only details that the Worker sealed", async () => {
  for (const error of ["", "eyJhbGciOiJkaXIifQ..a.b.c", "<script>alert(1)</script>"]) {
    const response = await visitor().visit(`/failed?error=${encodeURIComponent(error)}`);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /<code>not_found<\/code>/);
  }
});

test("a login creates a new session, and the old cookie gives no access", async () => {
  const browser = visitor();
  await browser.open();
  const planted = new Map(browser.cookies);
  const previous = await browser.vaultName();
  await browser.connect();
  assert.notEqual(await browser.vaultName(), previous);
  assert.match(previous, /^[0-9a-f]{48}$/);

  const attacker = visitor();
  for (const [name, value] of planted) attacker.cookies.set(name, value);
  assert.equal((await attacker.session()).connected, false);
  assert.equal((await attacker.get(LEADS)).status, 401);
});

test("a second login revokes the first grant, and no other", async () => {
  const [browser, other] = [visitor(), visitor()];
  await other.connect("emil@eu.example");
  await browser.connect("emil@eu.example");
  const previous = await world.vault(await browser.vaultName());
  const revocations = () => fake.log.filter(({ path }) => path.includes("revoke")).length;
  const before = revocations();
  await browser.connect("oscar@au.example");
  assert.equal(revocations(), before + 1);
  assert.equal((await previous.describe()).connected, false);
  assert.deepEqual(await previous.events(), []);
  assert.equal((await browser.session()).location, "au");
  assert.equal((await other.get(LEADS)).status, 200);
});

test("the Worker logged nothing", () => assert.deepEqual(world.logged, []));
