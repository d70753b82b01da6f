// The web flow, as a person walks it, and as it is attacked. Screenshots go to target/browser/.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { assertNoSecret } from "./support/assert-no-secret.mjs";
import { open } from "./support/chromium.mjs";

/** @type {import("./support/chromium.mjs").Stage} */
let stage;
before(async () => {
  stage = await open();
});
after(() => stage?.close());

/** @param {import("playwright-core").Page} page */
const facts = async (page) => {
  const rows = await page.locator("#grant > div").evaluateAll((all) => {
    return all.map((row) => [row.querySelector("dt")?.textContent, row.querySelector("dd")?.textContent]);
  });
  return Object.fromEntries(rows);
};

/** What the page of a failed callback says. @param {import("playwright-core").Page} page */
async function failure(page) {
  await page.waitForURL("**/failed?*");
  return { code: await page.textContent(".problem code"), message: await page.textContent(".problem p") };
}

/** Approves, and keeps Zoho's answer from the browser: the callback to which it leads. @param {import("playwright-core").Page} page */
async function caught(page) {
  await page.check('input[value="emil@eu.example"]');
  let location = "";
  await page.route("**/oauth/v2/auth", async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    location = answer.headers().location ?? "";
    await route.fulfill({ status: 204 });
  });
  const answered = page.waitForResponse("**/oauth/v2/auth");
  await page.click("button[value=approve]", { noWaitAfter: true });
  await answered;
  await page.unroute("**/oauth/v2/auth");
  return new URL(location);
}

test("from the first sight to records, by the consent page, with no secret in reach of the page", async () => {
  const person = await stage.person();
  const { page, look } = person;
  await person.visit(page);
  assert.equal(await page.textContent("#connection"), "Not connected");
  assert.equal(await page.locator("#load").isDisabled(), true);
  await look(page, "first-sight");

  await page.uncheck('[name=scope][value="ZohoCRM.users.READ"]');
  await person.ask(page);
  assert.equal(await page.textContent("h1"), "An application asks for access to your Zoho data");
  assert.equal(await page.locator("li").count(), 4);
  assert.match((await page.textContent("footer")) ?? "", /This is not Zoho\. It is a fake/);
  await look(page, "consent");

  await person.answer(page, { user: "emil@eu.example" });
  assert.equal(page.url(), `${stage.demo.origin}/`);
  await page.waitForSelector("#granted:not([hidden])");
  const { "Access token": access, "Refresh token": refresh, ...rest } = await facts(page);
  assert.deepEqual(rest, {
    By: "Web application",
    "Data centre": "Europe (eu)",
    "Tokens from": new URL(stage.demo.accounts.eu).host,
    "API at": new URL(stage.demo.api.eu).host,
    Scopes: "ZohoCRM.modules.leads.READZohoCRM.modules.contacts.READZohoCRM.modules.products.READZohoCRM.org.READ",
  });
  assert.match(access, /^…[0-9a-f]{4} ends so; the rest stays on the server$/);
  assert.match(refresh, /^…[0-9a-f]{4} until it is revoked$/);
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
  await assertNoSecret(stage, person);
  await look(page, "connected");

  await page.click("#disconnect");
  await page.waitForSelector("#connecting:not([hidden])");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "tab-web");
  assert.equal(await page.textContent("#connection"), "Not connected");
  assert.match(stage.demo.fake.log.at(-1)?.path ?? "", /revoke/);
  await assertNoSecret(stage, person);
  await person.context.close();
});

test("a refusal is told with its code and the next step, and the way back works", async () => {
  const person = await stage.person();
  const { page, look } = person;
  await person.visit(page);
  await person.ask(page);
  await person.answer(page, { refuse: true });
  const { code, message } = await failure(page);
  assert.equal(code, "authorization_response");
  assert.match(
    message ?? "",
    /access_denied from .*: the user, or the server, refused: ask again when the user wants to/,
  );
  await look(page, "refused");
  await page.click("text=Start again");
  await page.waitForSelector("#connecting:not([hidden])");
  assert.equal(page.url(), `${stage.demo.origin}/`);
  await person.context.close();
});

test("without a scope nothing is asked", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.visit(page);
  for (const box of await page.locator("[name=scope][type=checkbox]").all()) await box.uncheck();
  await page.click("#web-form [type=submit]");
  assert.equal(await page.textContent("#web-said"), "Choose at least one scope.");
  assert.equal(page.url(), `${stage.demo.origin}/`);
  await person.context.close();
});

test("two tabs at once do not disturb each other", async () => {
  const person = await stage.person();
  const { page: first, context } = person;
  const second = await context.newPage();
  await person.visit(first);
  await person.visit(second);
  await person.ask(first);
  await person.ask(second);
  await person.answer(second, { user: "yuki@jp.example" });
  await second.waitForSelector("text=Connected, jp");
  await person.answer(first, { user: "emil@eu.example" });
  await first.waitForSelector("text=Connected, eu");
  await context.close();
});

test("a callback serves once, and leaves the connection that it made", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.visit(page);
  await person.ask(page);
  const callback = await caught(page);
  await page.goto(callback.href);
  await page.waitForSelector("text=Connected, eu");
  const asked = stage.asked("authorization_code");
  await page.goto(callback.href);
  assert.equal((await failure(page)).code, "callback_mismatch");
  assert.equal(stage.asked("authorization_code"), asked, "the code was not sent again");
  await person.visit(page);
  assert.equal(await page.textContent("#connection"), "Connected, eu");
  await person.context.close();
});

test("a callback that comes after the attempt has expired is refused", async () => {
  const person = await stage.person();
  const { page, context } = person;
  await person.visit(page);
  await person.ask(page);
  const other = await context.newPage();
  await person.visit(other);
  const status = await other.evaluate(
    async () => (await fetch("/api/demo/expire", { method: "POST", body: "{}" })).status,
  );
  assert.equal(status, 200);
  const asked = stage.asked("authorization_code");
  await person.answer(page);
  assert.equal((await failure(page)).code, "callback_mismatch");
  assert.equal(stage.asked("authorization_code"), asked);
  await context.close();
});

test("an accounts-server of another host is refused before anything is sent to it", async () => {
  const person = await stage.person();
  const { page, look } = person;
  await person.visit(page);
  await person.ask(page);
  const callback = await caught(page);
  callback.searchParams.set("accounts-server", "https://accounts.zoho.com.evil.example");
  const asked = stage.asked("authorization_code");
  await page.goto(callback.href);
  const { code, message } = await failure(page);
  assert.equal(code, "callback_mismatch");
  assert.match(message ?? "", /accounts-server that is not on the data-centre table, and nothing was sent to it/);
  assert.equal(stage.asked("authorization_code"), asked);
  await look(page, "forged-callback");
  await person.context.close();
});

test("a callback of another browser's attempt is refused", async () => {
  const [person, other] = [await stage.person(), await stage.person()];
  await person.visit(person.page);
  await person.ask(person.page);
  const callback = await caught(person.page);
  await other.visit(other.page);
  await other.page.goto(callback.href);
  assert.equal((await failure(other.page)).code, "callback_mismatch");
  await person.context.close();
  await other.context.close();
});
