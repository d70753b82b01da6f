// What the Break section breaks: what grantkit did, what the application was told, and the way back. Screenshots go to
// target/browser/.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { assertNoSecret } from "./support/assert-no-secret.mjs";
import { open } from "./support/chromium.mjs";

/** @type {import("./support/chromium.mjs").Stage} */
let stage;
/** @type {Awaited<ReturnType<typeof stage.person>>} */
let person;
before(async () => {
  stage = await open();
  person = await stage.person();
  await person.connect(person.page);
});
after(() => stage?.close());

/** Presses a control, and reads what came of it. @param {string} id */
async function broken(id) {
  const { page } = person;
  await page.click(`#${id} .button`);
  await page.waitForSelector(`#${id} h4`);
  const result = page.locator(`#${id}-result`);
  const problem = result.locator(".problem");
  return {
    did: await result.locator(".story li").allTextContents(),
    told: (await problem.count()) ? undefined : await result.locator("> p").textContent(),
    code: (await problem.count()) ? await problem.locator(".problem-code").textContent() : undefined,
    message: (await problem.count()) ? await problem.locator("p").nth(1).textContent() : undefined,
    members: (await problem.count()) ? await result.locator(".members").textContent() : undefined,
  };
}

const REFRESHED = "The vault asked the accounts server for fresh tokens: the answer was HTTP 200.";
const ASKED = "The Worker asked the vault for a token, and got it.";
const CALLED = "The Worker called the CRM with the token: the answer was HTTP 200.";

test("an expired token is refreshed, once, and nobody notices", async () => {
  const { page } = person;
  const before = stage.asked("refresh_token");
  const end = await page.locator("#grant > div", { hasText: "Access token" }).locator("code").textContent();
  assert.deepEqual(await broken("expire"), {
    did: [ASKED, REFRESHED, CALLED],
    told: "HTTP 200 with 8 leads. It noticed nothing.",
    code: undefined,
    message: undefined,
    members: undefined,
  });
  assert.equal(stage.asked("refresh_token"), before + 1);
  assert.notEqual(await page.locator("#grant > div", { hasText: "Access token" }).locator("code").textContent(), end);
  assert.equal(await page.textContent("#budget .gauge-value"), "9 of 10 left");
  assert.equal(await page.locator("#budget .left").count(), 9);
  assert.equal(await page.locator("#budget .spent").count(), 1);
});

test("work that lasts shows its steps, and is not begun twice", async () => {
  const { page } = person;
  /** @type {(value: unknown) => void} */
  let go = () => {};
  const held = new Promise((resolve) => {
    go = resolve;
  });
  let posted = 0;
  await page.route("**/api/demo/fail", async (route) => {
    posted += 1;
    await held;
    await route.fulfill({ status: 503, json: {} });
  });
  await page.click("#throttle .button");
  await page.waitForSelector("text=The accounts server throttles …");
  assert.deepEqual(
    await page.locator("#throttle progress").evaluate((bar) => [Reflect.get(bar, "value"), Reflect.get(bar, "max")]),
    [1, 3],
  );
  await page.click("#throttle .button", { force: true });
  await person.look(page, "at-work");
  go(undefined);
  await page.waitForSelector("#throttle-result .problem");
  assert.equal(await page.textContent("#throttle-result .problem-code"), "unexpected_response");
  assert.equal(posted, 1);
  await page.unroute("**/api/demo/fail");
});

test("a hundred calls at once are served by one refresh", async () => {
  const before = stage.asked("refresh_token");
  const { did, told } = await broken("burst");
  assert.deepEqual(did, [
    "The Worker asked the vault 100 times for a token, and got it.",
    REFRESHED,
    "The Worker called the CRM 100 times with the token: the answer was HTTP 200.",
  ]);
  assert.match(told ?? "", /^100 of 100 calls succeeded in \d+ ms\. One token request served them all\.$/);
  assert.equal(stage.asked("refresh_token"), before + 1);
  const many = person.page.locator(".event", { has: person.page.locator(".event-count") });
  assert.equal(await many.count(), 2);
  assert.match((await many.first().textContent()) ?? "", /^Worker to Vault: RPC accessToken, times {2}?×100, ok/);
  await person.look(person.page, "hundred-at-once");
});

test("a throttle reaches the application with the time to wait, and the way back ends it", async () => {
  const { page } = person;
  const { did, code, message, members } = await broken("throttle");
  assert.deepEqual(did, [
    "The Worker asked the vault for a token, and was told throttled.",
    "The vault asked the accounts server for fresh tokens: the answer was HTTP 400, which is throttled.",
    "No request went to the CRM.",
  ]);
  assert.equal(code, "throttled");
  assert.match(message ?? "", /takes no more requests for now: wait, and reuse an access token until it expires\.$/);
  assert.match(members ?? "", /^HTTP 429, retryable true, retryAfter \d+ s$/);
  assert.equal(await page.locator("#grant-problem .problem-code").textContent(), "throttled");
  assert.match((await page.textContent("#budget .gauge-note")) ?? "", /^on hold for \d+ min$/);
  await page.click("#load");
  await page.waitForSelector("#use-problem .problem");
  assert.equal(await page.textContent("#use-problem .problem-code"), "throttled");
  await person.look(page, "throttled");

  await page.click("#reset");
  await page.waitForSelector("text=Limits are free again.");
  assert.equal(await page.locator("#grant-problem .problem").count(), 0);
  await page.click("#load");
  await page.waitForSelector("table");
  assert.equal(await page.locator("#use-problem .problem").count(), 0);
});

test("a web page with status 500 is an error that may pass, and costs no grant", async () => {
  const { page } = person;
  const { did, code, members } = await broken("html");
  assert.deepEqual(did, [
    "The Worker asked the vault for a token, and was told unexpected_response.",
    "The vault asked the accounts server for fresh tokens: the answer was HTTP 500, which is unexpected_response.",
    "No request went to the CRM.",
  ]);
  assert.equal(code, "unexpected_response");
  assert.match(members ?? "", /^HTTP 502, retryable true/);
  assert.equal(await page.textContent("#connection"), "Connected, eu");
  // What the failure left behind is healed first, so that this one tells of itself alone.
  assert.deepEqual((await broken("expire")).did, [ASKED, REFRESHED, CALLED]);
  await assertNoSecret(stage, person);
});

test("a failure that lasts is told once, and anew only in other words", async () => {
  const { page, context } = await stage.person();
  const failing = { connected: true, failure: "throttled", now: 0, lifetime: 3600, expires_at: 3600 };
  let session = { ...failing, retry_at: 60, requests_left: 0 };
  await page.route("**/api/session", (route) => route.fulfill({ json: session }));
  await person.visit(page);
  const told = await page.waitForSelector("#grant-problem .problem");
  assert.match((await told.textContent()) ?? "", /The same call may succeed in 60 s\./);
  const isThere = () => told.evaluate((problem) => problem.isConnected);
  for (const [requests_left, retry_at, same] of /** @type {const} */ ([
    [1, 60, true],
    [2, 50, false],
  ])) {
    session = { ...failing, retry_at, requests_left };
    // An event of the browser, after which the page asks for the session.
    await page.evaluate(() => fetch("/login", { redirect: "manual" }));
    await page.waitForSelector(`text=${requests_left} of 10 left`);
    assert.equal(await isThere(), same);
  }
  assert.match((await page.textContent("#grant-problem")) ?? "", /The same call may succeed in 50 s\./);
  await context.close();
});

test("a revocation that failed is told until there is another, and leaves the connection", async () => {
  const { page } = person;
  stage.demo.fake.fail("revoke", "http_500_html");
  await page.click("#disconnect");
  await page.waitForSelector("text=POST /oauth/v2/revoke/token");
  // After which the page has asked for the session more than once.
  assert.deepEqual((await broken("expire")).did, [ASKED, REFRESHED, CALLED]);
  assert.equal(await page.textContent("#disconnect-problem .problem-code"), "unexpected_response");
  assert.equal(await page.textContent("#connection"), "Connected, eu");
});

test("a forged callback is refused, and nothing is sent", async () => {
  const before = stage.demo.fake.log.length;
  const { did, code, message, members } = await broken("forge");
  assert.deepEqual(did, [
    "The Worker refused the callback: callback_mismatch.",
    "No request went to the accounts server.",
    "No request went to the CRM.",
  ]);
  assert.equal(code, "callback_mismatch");
  assert.match(message ?? "", /accounts-server that is not on the data-centre table, and nothing was sent to it/);
  assert.equal(members, "HTTP 400, retryable false");
  assert.equal(stage.demo.fake.log.length, before);
  assert.equal(await person.page.textContent("#connection"), "Connected, eu");
});

test("a scope that is missing is told in the CRM's words, with the next step", async () => {
  const { page, context } = await stage.person();
  await person.visit(page);
  for (const module of ["contacts", "products"]) await page.uncheck(`[value="ZohoCRM.modules.${module}.READ"]`);
  await person.ask(page);
  await person.answer(page);
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

test("a grant that the user revoked ends the connection, with its reason, and connecting again works", async () => {
  const { page } = person;
  const { did, code, members } = await broken("revoke");
  assert.equal(code, "reauthorization_required");
  assert.equal(members, "HTTP 401, retryable false");
  assert.deepEqual(did, [
    ASKED,
    "The Worker called the CRM with the token: the answer was HTTP 401.",
    "The Worker asked the vault for a token, and was told reauthorization_required.",
    "The vault asked the accounts server for fresh tokens: the answer was HTTP 200, which is reauthorization_required.",
  ]);
  assert.equal(await page.textContent("#connection"), "Not connected");
  assert.equal(await page.textContent("#ended .problem-code"), "reauthorization_required");
  assert.match((await page.textContent("#ended .problem-next")) ?? "", /Ask the user to connect again\.$/);
  assert.equal(await page.locator("#expire .button").isDisabled(), true);
  assert.equal(await page.locator("#forge .button").isDisabled(), false);
  await person.look(page, "revoked");

  await person.ask(page);
  await person.answer(page, { user: "ada@us.example" });
  await page.waitForSelector("text=Connected, us");
  await page.click("#load");
  await page.waitForSelector("table");
  await assertNoSecret(stage, person);
});
