// The redirect flow through the Worker: what a browser is sent, and what it has afterwards.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo } from "./support/demo.mjs";
import { LEADS, SCOPE } from "./support/visitor.mjs";

const world = await demo();
const { fake, visitor, accounts, api, origin } = world;

/** @param {Response} response */
const place = (response) => response.headers.get("location") ?? "";

/** The page that a failed callback leads to. @param {ReturnType<typeof visitor>} browser @param {Response} response */
async function failure(browser, response) {
  assert.equal(response.status, 303);
  assert.match(place(response), /^\/failed\?error=[\w.-]+$/);
  const page = await browser.visit(place(response));
  const text = await page.text();
  const [, code = ""] = /<strong><code>(\w+)<\/code><\/strong>/.exec(text) ?? [];
  const [, message = ""] = /<p>([^<]*)<\/p>\s*<\/div>/.exec(text) ?? [];
  assert.match(text, /<a class="button primary" href="\/">Start again<\/a>/);
  return { status: page.status, code, message: message.replaceAll("&#39;", "'") };
}

test("a browser connects, its page sees what it may, and the CRM answers through the vault", async () => {
  const browser = visitor();
  assert.deepEqual((await browser.open()).body.connected, false);

  const login = await browser.visit(`/login?location=jp&prompt=consent&scope=${SCOPE}`);
  assert.equal(login.status, 303);
  const consent = new URL(place(login));
  assert.equal(consent.origin + consent.pathname, `${accounts.jp}/oauth/v2/auth`);
  const asked = Object.fromEntries(consent.searchParams);
  const { state = "", code_challenge = "", ...rest } = asked;
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
  assert.equal(place(callback), "/");

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
  const ends = [...world.secrets]
    .filter((secret) => secret.startsWith("1000."))
    .map((secret) => `…${secret.slice(-4)}`);
  assert.match(access_token, /^….{4}$/);
  assert.ok(ends.includes(access_token) && ends.includes(refresh_token));
  assert.ok(expires_at - now > 3590 && expires_at - now <= 3600, `${expires_at - now} s left`);

  const leads = await browser.get(LEADS);
  assert.equal(leads.status, 200);
  assert.equal(leads.body.data.length, 2);
});

test("each wish has a default: the home data centre, all scopes, no prompt", async () => {
  const { origin: host, searchParams } = new URL(place(await visitor().visit("/login")));
  assert.equal(host, accounts.us);
  assert.equal(searchParams.get("scope")?.split(",").length, 5);
  assert.equal(searchParams.get("prompt"), null);
});

for (const [query, words] of [
  ["scope=ZohoCRM.modules.ALL", "does not ask for such a scope"],
  ["scope=", "does not ask for such a scope"],
  ["location=mars", "choose of us, eu, in"],
  ["prompt=none", "Prompt can only be consent"],
]) {
  test(`/login?${query} is refused, and nobody is sent away`, async () => {
    const response = await visitor().visit(`/login?${query}`);
    assert.equal(response.status, 400);
    assert.equal(response.headers.get("location"), null);
    assert.match(await response.text(), new RegExp(`bad_request.*${words}`, "s"));
  });
}

test("a refusal is told with its code, and leaves no session with a grant", async () => {
  const browser = visitor();
  const callback = fake.consent(await browser.leave(), { deny: true });
  const { status, code, message } = await failure(browser, await browser.visit(callback));
  assert.deepEqual([status, code], [400, "authorization_response"]);
  assert.match(message, /^access_denied from 127\.0\.0\.1:\d+: the user, or the server, refused/);
  assert.equal((await browser.session()).connected, false);
});

test("words that OAuth does not know are not shown", async () => {
  const browser = visitor();
  for (const [error, words] of [
    ["invalid_scope", /^invalid_scope from 127\.0\.0\.1:\d+: check the scopes\.$/],
    ["Your account is locked, call 555", /^The callback carries an error that OAuth does not know: check the client's/],
  ]) {
    const callback = new URL(fake.consent(await browser.leave(), { deny: true }));
    callback.searchParams.set("error", `${error}`);
    const { status, code, message } = await failure(browser, await browser.visit(callback.href));
    assert.deepEqual([status, code], [400, "authorization_response"]);
    assert.match(message, /** @type {RegExp} */ (words));
  }
});

test("two attempts of one browser do not disturb each other, in either order", async () => {
  const browser = visitor();
  const [first, second] = [await browser.leave(), await browser.leave({ location: "in" })];
  for (const [url, email, location] of [
    [second, "indira@in.example", "in"],
    [first, "ada@us.example", "us"],
  ]) {
    assert.equal(place(await browser.visit(fake.consent(url ?? "", { email: email ?? "" }))), "/");
    assert.equal((await browser.session()).location, location);
  }
});

test("a callback serves once", async () => {
  const browser = visitor();
  const callback = fake.consent(await browser.leave());
  assert.equal(place(await browser.visit(callback)), "/");
  const before = await browser.session();
  const { status, code } = await failure(browser, await browser.visit(callback));
  assert.deepEqual([status, code], [400, "callback_mismatch"]);
  assert.equal((await browser.session()).access_token, before.access_token, "the grant stays");
});

test("a callback is of the browser that began", async () => {
  const [victim, attacker] = [visitor(), visitor()];
  const callback = fake.consent(await attacker.leave());
  const { code } = await failure(victim, await victim.visit(callback));
  assert.equal(code, "callback_mismatch");
  assert.equal(place(await attacker.visit(callback)), "/");
});

test("a callback from another accounts server is refused before anything is sent there", async () => {
  const browser = visitor();
  await browser.open();
  const { callback } = (await browser.post("/api/demo/forge")).body;
  const { searchParams, pathname } = new URL(callback, origin);
  assert.equal(pathname, "/callback");
  assert.equal(searchParams.get("accounts-server"), "https://accounts.zoho.com.evil.example");
  const sent = world.sent.length;
  const answer = await browser.get(callback);
  assert.deepEqual([answer.status, answer.body.error.code], [400, "callback_mismatch"]);
  assert.match(answer.body.error.message, /accounts-server/);
  assert.deepEqual(world.sent.slice(sent), []);
});

test("an attempt that took too long is refused", async () => {
  const browser = visitor();
  await browser.open();
  const callback = fake.consent(await browser.leave());
  await browser.post("/api/demo/expire");
  const { status, body } = await browser.get(callback);
  assert.deepEqual([status, body.error.code], [400, "callback_mismatch"]);
  assert.match(body.error.message, /expired/);
});

test("a code that Zoho does not take, and one that it cannot look at, are told apart", async () => {
  for (const [how, status, code, retryable] of /** @type {const} */ ([
    ["invalid_code", 400, "code_rejected", false],
    ["http_500_html", 502, "unexpected_response", true],
  ])) {
    const browser = visitor();
    const callback = fake.consent(await browser.leave());
    fake.fail("token", how);
    const answer = await browser.get(callback);
    assert.equal(answer.status, status);
    assert.deepEqual([answer.body.error.code, answer.body.error.retryable], [code, retryable]);
    assert.deepEqual([...browser.cookies.keys()], ["session"], "the attempt is over");
  }
});

test("after a failure neither the address nor the page has the code or the state", async () => {
  const browser = visitor();
  const callback = new URL(fake.consent(await browser.leave()));
  const values = [...callback.searchParams]
    .filter(([name]) => ["code", "state"].includes(name))
    .map(([, value]) => value);
  fake.fail("token", "html_200");
  const response = await browser.visit(callback.href);
  const page = await (await browser.visit(place(response))).text();
  assert.equal(values.length, 2);
  for (const value of values) assert.equal((place(response) + page).includes(value), false);
});

test("the page of a failure says only what the Worker sealed", async () => {
  for (const error of ["", "eyJhbGciOiJkaXIifQ..a.b.c", "<script>alert(1)</script>"]) {
    const response = await visitor().visit(`/failed?error=${encodeURIComponent(error)}`);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /<code>not_found<\/code>/);
  }
});

test("the session has a new name once it holds a grant, and the old name is worth nothing", async () => {
  const browser = visitor();
  await browser.open();
  const planted = new Map(browser.cookies);
  const earlier = await browser.vaultName();
  await browser.connect();
  assert.notEqual(await browser.vaultName(), earlier);
  assert.match(earlier, /^[0-9a-f]{48}$/);

  const attacker = visitor();
  for (const [name, value] of planted) attacker.cookies.set(name, value);
  assert.equal((await attacker.session()).connected, false);
  assert.equal((await attacker.get(LEADS)).status, 401);
});

test("who connects anew ends the earlier grant, and no other", async () => {
  const [browser, other] = [visitor(), visitor()];
  await other.connect("emil@eu.example");
  await browser.connect("emil@eu.example");
  const earlier = await world.vault(await browser.vaultName());
  const revocations = () => fake.log.filter(({ path }) => path.includes("revoke")).length;
  const before = revocations();
  await browser.connect("oscar@au.example");
  assert.equal(revocations(), before + 1);
  assert.equal((await earlier.show()).connected, false);
  assert.deepEqual(await earlier.events(), []);
  assert.equal((await browser.session()).location, "au");
  assert.equal((await other.get(LEADS)).status, 200);
});

test("nothing of all this was logged", () => assert.deepEqual(world.logged, []));
