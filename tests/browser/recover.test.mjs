// The Break section: how grantkit handles each failure, and the error that the application receives. Screenshots are in
// target/browser/.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { assertNoSecret } from "./support/assert-no-secret.mjs";
import { openDemo } from "./support/chromium.mjs";

/** @type {import("./support/chromium.mjs").Fixture} */
let fixture;
/** @type {Awaited<ReturnType<typeof fixture.newUser>>} */
let user;
before(async () => {
  fixture = await openDemo();
  user = await fixture.newUser();
  await user.connect(user.page);
});
after(() => fixture?.close());

/** Runs a control, and returns the texts of its result. @param {string} id */
async function runControl(id) {
  const { page } = user;
  await page.click(`#${id} .button`);
  await page.waitForSelector(`#${id} h4`);
  const result = page.locator(`#${id}-result`);
  const problem = result.locator(".problem");
  return {
    summary: await result.locator(".event-summary li").allTextContents(),
    received: (await problem.count()) ? undefined : await result.locator("> p").textContent(),
    code: (await problem.count()) ? await problem.locator(".problem-code").textContent() : undefined,
    message: (await problem.count()) ? await problem.locator("p").nth(1).textContent() : undefined,
    members: (await problem.count()) ? await result.locator(".members").textContent() : undefined,
  };
}

const REFRESHED = "The vault sent a token request with the refresh token: HTTP 200.";
const GOT_TOKEN = "The Worker requested an access token from the vault and received it.";
const CALLED_CRM = "The Worker called the CRM: HTTP 200.";

test("an expired token is refreshed once, without an error", async () => {
  const { page } = user;
  const before = fixture.tokenRequests("refresh_token");
  const masked = await page.locator("#grant > div", { hasText: "Access token" }).locator("code").textContent();
  assert.deepEqual(await runControl("expire"), {
    summary: [GOT_TOKEN, REFRESHED, CALLED_CRM],
    received: "HTTP 200 with 8 leads. There was no error.",
    code: undefined,
    message: undefined,
    members: undefined,
  });
  assert.equal(fixture.tokenRequests("refresh_token"), before + 1);
  assert.notEqual(
    await page.locator("#grant > div", { hasText: "Access token" }).locator("code").textContent(),
    masked,
  );
  assert.equal(await page.textContent("#budget .gauge-value"), "9 of 10 left");
  assert.equal(await page.locator("#budget .left").count(), 9);
  assert.equal(await page.locator("#budget .spent").count(), 1);
});

test("a control shows its progress, and cannot be started twice", async () => {
  const { page } = user;
  /** @type {(value: unknown) => void} */
  let release = () => {};
  const held = new Promise((resolve) => {
    release = resolve;
  });
  let posted = 0;
  await page.route("**/api/demo/fail", async (route) => {
    posted += 1;
    await held;
    await route.fulfill({ status: 503, json: {} });
  });
  await page.click("#throttle .button");
  await page.waitForSelector("text=Making the accounts server throttle …");
  assert.deepEqual(
    await page.locator("#throttle progress").evaluate((bar) => [Reflect.get(bar, "value"), Reflect.get(bar, "max")]),
    [1, 3],
  );
  await page.click("#throttle .button", { force: true });
  await user.screenshot(page, "in-progress");
  release(undefined);
  await page.waitForSelector("#throttle-result .problem");
  assert.equal(await page.textContent("#throttle-result .problem-code"), "unexpected_response");
  assert.equal(posted, 1);
  await page.unroute("**/api/demo/fail");
});

test("a hundred calls at once share one refresh", async () => {
  const before = fixture.tokenRequests("refresh_token");
  const { summary, received } = await runControl("burst");
  assert.deepEqual(summary, [
    "The Worker requested an access token from the vault 100 times and received it.",
    REFRESHED,
    "The Worker called the CRM 100 times: HTTP 200.",
  ]);
  assert.match(received ?? "", /^100 of 100 calls succeeded in \d+ ms\. They shared one token request\.$/);
  assert.equal(fixture.tokenRequests("refresh_token"), before + 1);
  const many = user.page.locator(".event", { has: user.page.locator(".event-count") });
  assert.equal(await many.count(), 2);
  assert.match((await many.first().textContent()) ?? "", /^Worker to Vault: RPC accessToken, times {2}?×100, ok/);
  await user.screenshot(user.page, "hundred-at-once");
});

test("the application gets the throttle with the time to wait, and a reset ends it", async () => {
  const { page } = user;
  const { summary, code, message, members } = await runControl("throttle");
  assert.deepEqual(summary, [
    "The Worker requested an access token from the vault and received the error throttled.",
    "The vault sent a token request with the refresh token: HTTP 400, throttled.",
    "The CRM received no request.",
  ]);
  assert.equal(code, "throttled");
  assert.match(message ?? "", /\bwait\b/);
  assert.match(members ?? "", /^HTTP 429, retryable true, retryAfter \d+ s$/);
  assert.equal(await page.locator("#grant-problem .problem-code").textContent(), "throttled");
  assert.match((await page.textContent("#budget .gauge-note")) ?? "", /^paused for \d+ min$/);
  await page.click("#load");
  await page.waitForSelector("#use-problem .problem");
  assert.equal(await page.textContent("#use-problem .problem-code"), "throttled");
  await user.screenshot(page, "throttled");

  await page.click("#reset");
  await page.waitForSelector("text=No limit applies now.");
  assert.equal(await page.locator("#grant-problem .problem").count(), 0);
  await page.click("#load");
  await page.waitForSelector("table");
  assert.equal(await page.locator("#use-problem .problem").count(), 0);
});

test("an HTML page with status 500 is a retryable error, and keeps the connection", async () => {
  const { page } = user;
  const { summary, code, members } = await runControl("html");
  assert.deepEqual(summary, [
    "The Worker requested an access token from the vault and received the error unexpected_response.",
    "The vault sent a token request with the refresh token: HTTP 500, unexpected_response.",
    "The CRM received no request.",
  ]);
  assert.equal(code, "unexpected_response");
  assert.match(members ?? "", /^HTTP 502, retryable true/);
  assert.equal(await page.textContent("#connection"), "Connected, eu");
  // The control resets the failure first, so that the summary shows only its own requests.
  assert.deepEqual((await runControl("expire")).summary, [GOT_TOKEN, REFRESHED, CALLED_CRM]);
  await assertNoSecret(fixture, user);
});

test("the alert of a lasting failure is filled again only when its text changes", async () => {
  const { page, context } = await fixture.newUser();
  const failing = { connected: true, failure: "throttled", now: 0, lifetime: 3600, expires_at: 3600 };
  let session = { ...failing, retry_at: 60, requests_left: 0 };
  await page.route("**/api/session", (route) => route.fulfill({ json: session }));
  await user.visit(page);
  const alert = await page.waitForSelector("#grant-problem .problem");
  assert.match((await alert.textContent()) ?? "", /The same request may succeed in 60 s\./);
  const isUnchanged = () => alert.evaluate((problem) => problem.isConnected);
  for (const [requests_left, retry_at, same] of /** @type {const} */ ([
    [1, 60, true],
    [2, 50, false],
  ])) {
    session = { ...failing, retry_at, requests_left };
    // The page loads the session after each event of the browser.
    await page.evaluate(() => fetch("/login", { redirect: "manual" }));
    await page.waitForSelector(`text=${requests_left} of 10 left`);
    assert.equal(await isUnchanged(), same);
  }
  assert.match((await page.textContent("#grant-problem")) ?? "", /The same request may succeed in 50 s\./);
  await context.close();
});

test("the error of a failed revocation stays visible, and so does the connection", async () => {
  const { page } = user;
  fixture.demo.fake.fail("revoke", "http_500_html");
  await page.click("#disconnect");
  await page.waitForSelector("text=POST /oauth/v2/revoke/token");
  // The page has loaded the session several times by the end of this.
  assert.deepEqual((await runControl("expire")).summary, [GOT_TOKEN, REFRESHED, CALLED_CRM]);
  assert.equal(await page.textContent("#disconnect-problem .problem-code"), "unexpected_response");
  assert.equal(await page.textContent("#connection"), "Connected, eu");
});

test("a forged callback is rejected, and nothing is sent", async () => {
  const before = fixture.demo.fake.log.length;
  const { summary, code, message, members } = await runControl("forge");
  assert.deepEqual(summary, [
    "The Worker rejected the callback: callback_mismatch.",
    "The accounts server received no request.",
    "The CRM received no request.",
  ]);
  assert.equal(code, "callback_mismatch");
  assert.match(message ?? "", /accounts-server/);
  assert.equal(members, "HTTP 400, retryable false");
  assert.equal(fixture.demo.fake.log.length, before);
  assert.equal(await user.page.textContent("#connection"), "Connected, eu");
});

test("the error for a missing scope names the next step", async () => {
  const { page, context } = await fixture.newUser();
  await user.visit(page);
  for (const module of ["contacts", "products"]) await page.uncheck(`[value="ZohoCRM.modules.${module}.READ"]`);
  await user.openConsentPage(page);
  await user.decide(page);
  await page.waitForSelector("#granted:not([hidden])");
  await page.click(".segments >> text=Contacts");
  await page.waitForSelector("#use-problem .problem");
  assert.match(
    (await page.textContent("#use-problem .problem-code")) ?? "",
    /^(?:OAUTH_SCOPE_MISMATCH|insufficient_scope)$/,
  );
  assert.match(
    (await page.textContent("#use-problem .problem-next")) ?? "",
    /[Cc]onnect (?:again )?with (?:the|a) scope/,
  );
  await context.close();
});

test("a grant that the user revoked ends the connection with the reason, and the user can connect again", async () => {
  const { page } = user;
  const { summary, code, members } = await runControl("revoke");
  assert.equal(code, "reauthorization_required");
  assert.equal(members, "HTTP 401, retryable false");
  assert.deepEqual(summary, [
    GOT_TOKEN,
    "The Worker called the CRM: HTTP 401.",
    "The Worker requested an access token from the vault and received the error reauthorization_required.",
    "The vault sent a token request with the refresh token: HTTP 200, reauthorization_required.",
  ]);
  assert.equal(await page.textContent("#connection"), "Not connected");
  assert.equal(await page.textContent("#ended .problem-code"), "reauthorization_required");
  assert.match((await page.textContent("#ended .problem-next")) ?? "", /Ask the user to connect again\.$/);
  assert.equal(await page.locator("#expire .button").isDisabled(), true);
  assert.equal(await page.locator("#forge .button").isDisabled(), false);
  await user.screenshot(page, "revoked");

  await user.openConsentPage(page);
  await user.decide(page, { user: "ada@us.example" });
  await page.waitForSelector("text=Connected, us");
  await page.click("#load");
  await page.waitForSelector("table");
  await assertNoSecret(fixture, user);
});
