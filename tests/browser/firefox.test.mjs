// The demo in Firefox: logins, errors and attacks. Screenshots are in target/browser/.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { assertNoSecret } from "./support/assert-no-secret.mjs";
import {
  click,
  decide,
  openConsentPage,
  openDemo,
  screenshot,
  textOf,
  visit,
  waitForText,
} from "./support/firefox.mjs";

/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {Awaited<ReturnType<import("./support/firefox.mjs").Fixture["newUser"]>>} User */

/** @type {import("./support/firefox.mjs").Fixture} */
let fixture;
before(async () => {
  fixture = await openDemo();
});
after(() => fixture?.close());

/** Runs a control, and returns the texts of its result. @param {Page} page @param {string} id */
async function runControl(page, id) {
  await click(page, `#${id} button`);
  await page.waitForSelector(`#${id}-result .event-summary`);
  return page.$eval(`#${id}-result`, (result) => {
    const text = (/** @type {Element} */ element) => element.textContent ?? "";
    const summary = [...result.querySelectorAll(".event-summary li")].map(text);
    return { summary, received: [...result.querySelectorAll(".event-summary ~ *:not(h4)")].map(text).join("\n") };
  });
}

/** @param {User} user */
async function closeBrowser({ context, consoleMessages }) {
  await context.close();
  assert.deepEqual(consoleMessages, [], "no console message, error or blocked script");
}

test("a user connects, loads records and disconnects, and the page never gets a secret", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  assert.equal(await textOf(page, "#connection"), "Not connected");
  await screenshot(page, "not-connected");

  await openConsentPage(page);
  assert.equal(await textOf(page, "h1"), "An application asks for access to your Zoho data");
  await screenshot(page, "consent");
  await decide(page);
  assert.equal(page.url(), `${fixture.demo.origin}/`);
  assert.equal(await textOf(page, "#connection"), "Connected, eu");
  assert.equal(await textOf(page, "#budget .gauge-value"), "10 of 10 left");

  await click(page, "#load");
  await page.waitForSelector("#records tbody");
  assert.equal((await page.$$("#records tbody tr")).length, 8);
  await waitForText(page, "#diagram", "GET /api/crm/v8/Leads");
  const lines = await page.$$eval(".event", (all) => {
    return all.map((row) => row.textContent?.replace(/, .*$/, ""));
  });
  assert.deepEqual(lines, [
    "Browser to Worker: GET /login",
    "Browser to Accounts: GET /oauth/v2/auth",
    "Browser to Worker: GET /callback",
    "Worker to Accounts: POST /oauth/v2/token authorization_code",
    "Browser to Worker: GET /api/crm/v8/Leads",
    "Worker to Vault: RPC accessToken",
    "Worker to CRM API: GET /crm/v8/Leads",
  ]);
  await assertNoSecret(fixture, user);
  await screenshot(page, "connected");

  await click(page, "#disconnect");
  await page.waitForSelector("#connecting:not([hidden])");
  assert.equal(await textOf(page, "#connection"), "Not connected");
  assert.match(fixture.demo.fake.log.at(-1)?.path ?? "", /revoke/);
  await closeBrowser(user);
});

test("on loopback the cookies are not readable by scripts, and are not sent by other sites", async () => {
  const user = await fixture.newUser();
  const { page, context } = user;
  await openConsentPage(page);
  const cookies = (await context.cookies()).map(({ name, domain, path, httpOnly, secure, sameSite }) => {
    return { name: name.replace(/^(grantkit)-.*/, "$1"), domain, path, httpOnly, secure, sameSite };
  });
  const own = { domain: "127.0.0.1", path: "/", httpOnly: true, secure: false, sameSite: "Lax" };
  assert.deepEqual(
    cookies.sort((a, b) => a.name.localeCompare(b.name)),
    [
      { name: "grantkit", ...own },
      { name: "session", ...own },
    ],
  );
  await decide(page);
  const names = (await context.cookies()).map(({ name }) => name);
  assert.deepEqual(names, ["session"], "the cookie of the login is deleted");
  await closeBrowser(user);
});

test("a denied login shows the error, and a link back", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await openConsentPage(page);
  await decide(page, { deny: true });
  assert.equal(await textOf(page, ".problem code"), "authorization_response");
  assert.match(await textOf(page, ".problem p"), /^access_denied from 127\.0\.0\.1:\d+: /);
  await screenshot(page, "denied");
  await click(page, "a[href='/']");
  await page.waitForSelector("#connecting:not([hidden])");
  assert.equal(page.url(), `${fixture.demo.origin}/`);
  await closeBrowser(user);
});

test("logins in two tabs at once both succeed", async () => {
  const user = await fixture.newUser();
  const { page: first, newTab } = user;
  const second = await newTab();
  await openConsentPage(second);
  await first.bringToFront();
  await openConsentPage(first);
  await second.bringToFront();
  await decide(second, { user: "yuki@jp.example" });
  assert.equal(await textOf(second, "#connection"), "Connected, jp");
  await first.bringToFront();
  await decide(first);
  assert.equal(await textOf(first, "#connection"), "Connected, eu");
  await closeBrowser(user);
});

test("a callback is accepted once, and a second attempt keeps the connection", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  /** @type {string[]} */
  const callbacks = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/callback") callbacks.push(request.url());
  });
  await openConsentPage(page);
  await decide(page);
  assert.equal(callbacks.length, 1);
  const [callback = ""] = callbacks;
  assert.ok(new URL(callback).searchParams.has("code"));
  const before = fixture.tokenRequests("authorization_code");
  await page.goto(callback);
  assert.equal(await textOf(page, ".problem code"), "callback_mismatch");
  assert.equal(fixture.tokenRequests("authorization_code"), before, "the code was not sent again");
  await visit(page, fixture.demo.origin);
  assert.equal(await textOf(page, "#connection"), "Connected, eu");
  await closeBrowser(user);
});

test("a callback with a forged accounts server is rejected before any request", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await openConsentPage(page);
  const state = new URL(page.url()).searchParams.get("state") ?? "";
  assert.notEqual(state, "");
  const forged = new URL("/callback", fixture.demo.origin);
  const parameters = {
    code: "1000.a.b",
    state,
    location: "us",
    "accounts-server": "https://accounts.zoho.com.evil.example",
  };
  for (const [name, value] of Object.entries(parameters)) forged.searchParams.set(name, value);
  const before = fixture.tokenRequests("authorization_code");
  await page.goto(forged.href);
  assert.equal(await textOf(page, ".problem code"), "callback_mismatch");
  assert.match(await textOf(page, ".problem p"), /accounts-server/);
  assert.equal(fixture.tokenRequests("authorization_code"), before);
  await screenshot(page, "forged-callback");
  await closeBrowser(user);
});

test("an expired token is refreshed once, for one call or for a hundred at once", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await openConsentPage(page);
  await decide(page);
  const before = fixture.tokenRequests("refresh_token");
  const one = await runControl(page, "expire");
  assert.equal(one.received, "HTTP 200 with 8 leads. There was no error.");
  assert.equal(fixture.tokenRequests("refresh_token"), before + 1);

  const many = await runControl(page, "burst");
  assert.match(many.received, /^100 of 100 calls succeeded in \d+ ms\. They shared one token request\.$/);
  assert.ok(many.summary.includes("The vault sent a token request with the refresh token: HTTP 200."));
  assert.equal(fixture.tokenRequests("refresh_token"), before + 2);
  await screenshot(page, "burst");
  await closeBrowser(user);
});

test("the control that forges a callback shows that it is rejected", async () => {
  const user = await fixture.newUser();
  const { page, consoleMessages } = user;
  const { summary, received } = await runControl(page, "forge");
  assert.deepEqual(summary, [
    "The Worker rejected the callback: callback_mismatch.",
    "The accounts server received no request.",
    "The CRM received no request.",
  ]);
  assert.match(received, /^callback_mismatch/);
  assert.match(received, /HTTP 400, retryable false/);
  assert.deepEqual(consoleMessages, []);
  await closeBrowser(user);
});

test("a grant token of the console is exchanged", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await click(page, "#tab-self");
  await click(page, "#console [type=submit]");
  const token = await textOf(page, "#generated .token");
  assert.match(await textOf(page, "#generated .countdown"), /^expires in [0-3]:\d\d$/);
  await screenshot(page, "self-client");
  await page.locator("#self-form [name=code]").fill(token);
  await click(page, "#self-form [type=submit]");
  await page.waitForSelector("#granted:not([hidden])");
  assert.equal(await textOf(page, "#grant dd"), "Self Client");
  assert.equal(await textOf(page, "#connection"), "Connected, us");
  assert.equal((await page.content()).includes(token), false);
  await closeBrowser(user);
});

test("the page runs the WebAssembly for a request, two callbacks and a token response", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  const sent = fixture.demo.fake.log.length;
  await page.locator("#local-form [name=client_id]").fill("1000.FIREFOX");
  await click(page, "#local-form [type=submit]");
  const url = new URL(await textOf(page, "#local-request .url"));
  assert.equal(url.origin + url.pathname, "https://accounts.zoho.com/oauth/v2/auth");
  assert.equal(url.searchParams.get("client_id"), "1000.FIREFOX");
  assert.match(url.searchParams.get("code_challenge") ?? "", /^[\w-]{43}$/);

  await click(page, "#forged-callback");
  await click(page, "#check-form [type=submit]");
  await waitForText(page, "#check-problem", "callback_mismatch");
  await click(page, "#example-callback");
  await click(page, "#check-form [type=submit]");
  await waitForText(
    page,
    "#check-result",
    "This callback is valid. grantkit would exchange its code at https://accounts.zoho.com.",
  );
  assert.equal(await textOf(page, "#check-problem"), "");

  await click(page, "#response-form [type=submit]");
  await waitForText(page, "#response-problem", "code_rejected");
  assert.equal(fixture.demo.fake.log.length, sent, "nothing was sent");
  await screenshot(page, "local");
  await closeBrowser(user);
});

test("the Content-Security-Policy blocks an inline script, and the console reports it", async () => {
  const { page, context, consoleMessages } = await fixture.newUser();
  const reported = new Promise((resolve) => page.once("pageerror", resolve));
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.body.append(script);
    return Reflect.get(globalThis, "ran") === true;
  });
  assert.equal(ran, false);
  await reported;
  assert.equal(consoleMessages.length, 1);
  assert.match(consoleMessages[0] ?? "", /^thrown: Error: Content-Security-Policy: .* blocked an inline script/);
  await context.close();
});

test("the page and the consent page in the dark colour scheme", async () => {
  const dark = await openDemo({ scheme: "dark" });
  try {
    const user = await dark.newUser();
    const { page } = user;
    assert.equal(await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches), true);
    await screenshot(page, "not-connected-dark");
    await openConsentPage(page);
    await screenshot(page, "consent-dark");
    await decide(page);
    await click(page, "#load");
    await page.waitForSelector("#records tbody");
    await screenshot(page, "connected-dark");
    await closeBrowser(user);
  } finally {
    await dark.close();
  }
});
