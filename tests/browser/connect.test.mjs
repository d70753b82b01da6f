// The web flow in Chromium: logins, errors and attacks. Screenshots are in target/browser/.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { assertNoSecret } from "./support/assert-no-secret.mjs";
import { openDemo } from "./support/chromium.mjs";

/** @type {import("./support/chromium.mjs").Fixture} */
let fixture;
before(async () => {
  fixture = await openDemo();
});
after(() => fixture?.close());

/** @param {import("playwright-core").Page} page */
const facts = async (page) => {
  const rows = await page.locator("#grant > div").evaluateAll((all) => {
    return all.map((row) => [row.querySelector("dt")?.textContent, row.querySelector("dd")?.textContent]);
  });
  return Object.fromEntries(rows);
};

/** The code and message on the error page of a failed callback. @param {import("playwright-core").Page} page */
async function errorOnPage(page) {
  await page.waitForURL("**/failed?*");
  return { code: await page.textContent(".problem code"), message: await page.textContent(".problem p") };
}

/** Approves, but intercepts the redirect. Returns the callback URL. @param {import("playwright-core").Page} page */
async function interceptCallback(page) {
  await page.check('input[value="emil@eu.example"]');
  let location = "";
  await page.route("**/oauth/v2/auth", async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    location = response.headers().location ?? "";
    await route.fulfill({ status: 204 });
  });
  const responded = page.waitForResponse("**/oauth/v2/auth");
  await page.click("button[value=approve]", { noWaitAfter: true });
  await responded;
  await page.unroute("**/oauth/v2/auth");
  return new URL(location);
}

test("a user connects, loads records and disconnects, and the page never gets a secret", async () => {
  const user = await fixture.newUser();
  const { page, screenshot } = user;
  await user.visit(page);
  assert.equal(await page.textContent("#connection"), "Not connected");
  assert.equal(await page.locator("#load").isDisabled(), true);
  await screenshot(page, "not-connected");

  await page.uncheck('[name=scope][value="ZohoCRM.users.READ"]');
  await user.openConsentPage(page);
  assert.equal(await page.textContent("h1"), "An application asks for access to your Zoho data");
  assert.equal(await page.locator("li").count(), 4);
  assert.match((await page.textContent("footer")) ?? "", /This is not Zoho\. It is a fake/);
  await screenshot(page, "consent");

  await user.decide(page, { user: "emil@eu.example" });
  assert.equal(page.url(), `${fixture.demo.origin}/`);
  await page.waitForSelector("#granted:not([hidden])");
  const { "Access token": access, "Refresh token": refresh, ...rest } = await facts(page);
  assert.deepEqual(rest, {
    Client: "Web application",
    "Data centre": "Europe (eu)",
    "Accounts server": new URL(fixture.demo.accounts.eu).host,
    "API domain": new URL(fixture.demo.api.eu).host,
    Scopes: "ZohoCRM.modules.leads.READZohoCRM.modules.contacts.READZohoCRM.modules.products.READZohoCRM.org.READ",
  });
  assert.match(access, /^…[0-9a-f]{4} stays on the server$/);
  assert.match(refresh, /^…[0-9a-f]{4} is valid until it is revoked$/);
  assert.equal(await page.title(), "Connected · grantkit");
  assert.match((await page.textContent("#life [role=timer]")) ?? "", /^(?:60:00|59:\d\d)$/);
  assert.equal(await page.textContent("#budget .gauge-value"), "10 of 10 left");

  await page.click("#load");
  await page.waitForSelector("table");
  assert.deepEqual(await page.locator("thead th").allTextContents(), ["Name", "Company", "City", "Status"]);
  assert.equal(await page.locator("tbody tr").count(), 8);
  await page.waitForSelector("text=GET /crm/v8/Leads");
  const lines = await page
    .locator(".event")
    .evaluateAll((all) => all.map((row) => row.textContent?.replace(/, [\d.]+ m?s$/, "")));
  assert.deepEqual(lines, [
    "Browser to Worker: GET /login, 303",
    "Browser to Accounts: GET /oauth/v2/auth, redirect",
    "Browser to Worker: GET /callback, 303",
    "Worker to Accounts: POST /oauth/v2/token authorization_code, 200",
    "Browser to Worker: GET /api/crm/v8/Leads, 200",
    "Worker to Vault: RPC accessToken, ok",
    "Worker to CRM API: GET /crm/v8/Leads, 200",
  ]);
  await assertNoSecret(fixture, user);
  await screenshot(page, "connected");

  await page.click("#disconnect");
  await page.waitForSelector("#connecting:not([hidden])");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "tab-web");
  assert.equal(await page.textContent("#connection"), "Not connected");
  assert.match(fixture.demo.fake.log.at(-1)?.path ?? "", /revoke/);
  await assertNoSecret(fixture, user);
  await user.context.close();
});

test("a denied login shows the error and the next step, and a link back", async () => {
  const user = await fixture.newUser();
  const { page, screenshot } = user;
  await user.visit(page);
  await user.openConsentPage(page);
  await user.decide(page, { deny: true });
  const { code, message } = await errorOnPage(page);
  assert.equal(code, "authorization_response");
  assert.match(message ?? "", /^access_denied from 127\.0\.0\.1:\d+: /);
  await screenshot(page, "denied");
  await page.click("text=Start again");
  await page.waitForSelector("#connecting:not([hidden])");
  assert.equal(page.url(), `${fixture.demo.origin}/`);
  await user.context.close();
});

test("a login without a scope is not sent", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.visit(page);
  for (const box of await page.locator("[name=scope][type=checkbox]").all()) await box.uncheck();
  await page.click("#web-form [type=submit]");
  assert.equal(await page.textContent("#web-status"), "Choose at least one scope.");
  assert.equal(page.url(), `${fixture.demo.origin}/`);
  await user.context.close();
});

test("logins in two tabs at once both succeed", async () => {
  const user = await fixture.newUser();
  const { page: first, context } = user;
  const second = await context.newPage();
  await user.visit(first);
  await user.visit(second);
  await user.openConsentPage(first);
  await user.openConsentPage(second);
  await user.decide(second, { user: "yuki@jp.example" });
  await second.waitForSelector("text=Connected, jp");
  await user.decide(first, { user: "emil@eu.example" });
  await first.waitForSelector("text=Connected, eu");
  await context.close();
});

test("a callback is accepted once, and a second attempt keeps the connection", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.visit(page);
  await user.openConsentPage(page);
  const callback = await interceptCallback(page);
  await page.goto(callback.href);
  await page.waitForSelector("text=Connected, eu");
  const before = fixture.tokenRequests("authorization_code");
  await page.goto(callback.href);
  assert.equal((await errorOnPage(page)).code, "callback_mismatch");
  assert.equal(fixture.tokenRequests("authorization_code"), before, "the code was not sent again");
  await user.visit(page);
  assert.equal(await page.textContent("#connection"), "Connected, eu");
  await user.context.close();
});

test("a callback is rejected after the login has expired", async () => {
  const user = await fixture.newUser();
  const { page, context } = user;
  await user.visit(page);
  await user.openConsentPage(page);
  const other = await context.newPage();
  await user.visit(other);
  const status = await other.evaluate(
    async () => (await fetch("/api/demo/expire", { method: "POST", body: "{}" })).status,
  );
  assert.equal(status, 200);
  const before = fixture.tokenRequests("authorization_code");
  await user.decide(page);
  assert.equal((await errorOnPage(page)).code, "callback_mismatch");
  assert.equal(fixture.tokenRequests("authorization_code"), before);
  await context.close();
});

test("a callback with a forged accounts server is rejected before any request", async () => {
  const user = await fixture.newUser();
  const { page, screenshot } = user;
  await user.visit(page);
  await user.openConsentPage(page);
  const callback = await interceptCallback(page);
  callback.searchParams.set("accounts-server", "https://accounts.zoho.com.evil.example");
  const before = fixture.tokenRequests("authorization_code");
  await page.goto(callback.href);
  const { code, message } = await errorOnPage(page);
  assert.equal(code, "callback_mismatch");
  assert.match(message ?? "", /accounts-server/);
  assert.equal(fixture.tokenRequests("authorization_code"), before);
  await screenshot(page, "forged-callback");
  await user.context.close();
});

test("a callback of a login in another browser is rejected", async () => {
  const [user, other] = [await fixture.newUser(), await fixture.newUser()];
  await user.visit(user.page);
  await user.openConsentPage(user.page);
  const callback = await interceptCallback(user.page);
  await other.visit(other.page);
  await other.page.goto(callback.href);
  assert.equal((await errorOnPage(other.page)).code, "callback_mismatch");
  await user.context.close();
  await other.context.close();
});
