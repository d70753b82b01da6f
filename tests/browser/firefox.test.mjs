// The demo in Firefox: what a person does there, and what is done to them. Screenshots go to target/browser/.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { assertNoSecret } from "./support/assert-no-secret.mjs";
import { answer, ask, click, look, open, says, textOf, visit } from "./support/firefox.mjs";

/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {Awaited<ReturnType<import("./support/firefox.mjs").Stage["person"]>>} Person */

/** @type {import("./support/firefox.mjs").Stage} */
let stage;
before(async () => {
  stage = await open();
});
after(() => stage?.close());

/** What a click leads to in the lists of what happened and what was told. @param {Page} page @param {string} id */
async function broken(page, id) {
  await click(page, `#${id} button`);
  await page.waitForSelector(`#${id}-result .story`);
  return page.$eval(`#${id}-result`, (result) => {
    const text = (/** @type {Element} */ element) => element.textContent ?? "";
    const story = [...result.querySelectorAll(".story li")].map(text);
    return { story, told: [...result.querySelectorAll(".story ~ *:not(h4)")].map(text).join("\n") };
  });
}

/** @param {Person} person */
async function leave({ context, printed }) {
  await context.close();
  assert.deepEqual(printed, [], "nothing was printed, thrown or stopped by the policy");
}

test("from the first sight to records, by the consent page, with no secret in reach of the page", async () => {
  const person = await stage.person();
  const { page } = person;
  assert.equal(await textOf(page, "#connection"), "Not connected");
  await look(page, "first-sight");

  await ask(page);
  assert.equal(await textOf(page, "h1"), "An application asks for access to your Zoho data");
  await look(page, "consent");
  await answer(page);
  assert.equal(page.url(), `${stage.demo.origin}/`);
  assert.equal(await textOf(page, "#connection"), "Connected, eu");
  assert.equal(await textOf(page, "#budget .gauge-value"), "10 of 10 left");

  await click(page, "#load");
  await page.waitForSelector("#records tbody");
  assert.equal((await page.$$("#records tbody tr")).length, 8);
  await says(page, "#diagram", "GET /api/crm/v8/Leads");
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
  await assertNoSecret(stage, person);
  await look(page, "connected");

  await click(page, "#disconnect");
  await page.waitForSelector("#connecting:not([hidden])");
  assert.equal(await textOf(page, "#connection"), "Not connected");
  assert.match(stage.demo.fake.log.at(-1)?.path ?? "", /revoke/);
  await leave(person);
});

test("cookies of plain http on loopback are kept, for the server alone and for no other site", async () => {
  const person = await stage.person();
  const { page, context } = person;
  await ask(page);
  const kept = (await context.cookies()).map(({ name, domain, path, httpOnly, secure, sameSite }) => {
    return { name: name.replace(/^(grantkit)-.*/, "$1"), domain, path, httpOnly, secure, sameSite };
  });
  const own = { domain: "127.0.0.1", path: "/", httpOnly: true, secure: false, sameSite: "Lax" };
  assert.deepEqual(
    kept.sort((a, b) => a.name.localeCompare(b.name)),
    [
      { name: "grantkit", ...own },
      { name: "session", ...own },
    ],
  );
  await answer(page);
  const names = (await context.cookies()).map(({ name }) => name);
  assert.deepEqual(names, ["session"], "the cookie of the attempt is gone with it");
  await leave(person);
});

test("a refusal is told with its code, and the way back works", async () => {
  const person = await stage.person();
  const { page } = person;
  await ask(page);
  await answer(page, { refuse: true });
  assert.equal(await textOf(page, ".problem code"), "authorization_response");
  assert.match(await textOf(page, ".problem p"), /access_denied from .*: the user, or the server, refused/);
  await look(page, "refused");
  await click(page, "a[href='/']");
  await page.waitForSelector("#connecting:not([hidden])");
  assert.equal(page.url(), `${stage.demo.origin}/`);
  await leave(person);
});

test("two tabs at once do not disturb each other", async () => {
  const person = await stage.person();
  const { page: first, tab } = person;
  const second = await tab();
  await ask(second);
  await first.bringToFront();
  await ask(first);
  await second.bringToFront();
  await answer(second, { user: "yuki@jp.example" });
  assert.equal(await textOf(second, "#connection"), "Connected, jp");
  await first.bringToFront();
  await answer(first);
  assert.equal(await textOf(first, "#connection"), "Connected, eu");
  await leave(person);
});

test("a callback serves once, and leaves the connection that it made", async () => {
  const person = await stage.person();
  const { page } = person;
  /** @type {string[]} */
  const callbacks = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/callback") callbacks.push(request.url());
  });
  await ask(page);
  await answer(page);
  const [callback = "", ...more] = callbacks;
  assert.deepEqual(more, []);
  assert.ok(new URL(callback).searchParams.has("code"));
  const asked = stage.asked("authorization_code");
  await page.goto(callback);
  assert.equal(await textOf(page, ".problem code"), "callback_mismatch");
  assert.equal(stage.asked("authorization_code"), asked, "the code was not sent again");
  await visit(page, stage.demo.origin);
  assert.equal(await textOf(page, "#connection"), "Connected, eu");
  await leave(person);
});

test("a callback that names another accounts server is refused before anything is sent to it", async () => {
  const person = await stage.person();
  const { page } = person;
  await ask(page);
  const state = new URL(page.url()).searchParams.get("state") ?? "";
  assert.notEqual(state, "");
  const forged = new URL("/callback", stage.demo.origin);
  const parameters = {
    code: "1000.a.b",
    state,
    location: "us",
    "accounts-server": "https://accounts.zoho.com.evil.example",
  };
  for (const [name, value] of Object.entries(parameters)) forged.searchParams.set(name, value);
  const asked = stage.asked("authorization_code");
  await page.goto(forged.href);
  assert.equal(await textOf(page, ".problem code"), "callback_mismatch");
  assert.match(await textOf(page, ".problem p"), /accounts-server that is not on the data-centre table/);
  assert.equal(stage.asked("authorization_code"), asked);
  await look(page, "forged-callback");
  await leave(person);
});

test("an expired token is refreshed once, be it for one call or for a hundred at once", async () => {
  const person = await stage.person();
  const { page } = person;
  await ask(page);
  await answer(page);
  const earlier = stage.asked("refresh_token");
  const one = await broken(page, "expire");
  assert.equal(one.told, "HTTP 200 with 8 leads. It noticed nothing.");
  assert.equal(stage.asked("refresh_token"), earlier + 1);

  const many = await broken(page, "burst");
  assert.match(many.told, /^100 of 100 calls succeeded in \d+ ms\. One token request served them all\.$/);
  assert.ok(many.story.includes("The vault asked the accounts server for fresh tokens: the answer was HTTP 200."));
  assert.equal(stage.asked("refresh_token"), earlier + 2);
  await look(page, "burst");
  await leave(person);
});

test("the forged callback of the page's own button is refused, and told", async () => {
  const person = await stage.person();
  const { page, printed } = person;
  const { story, told } = await broken(page, "forge");
  assert.deepEqual(story, [
    "The Worker refused the callback: callback_mismatch.",
    "No request went to the accounts server.",
    "No request went to the CRM.",
  ]);
  assert.match(told, /^callback_mismatch/);
  assert.match(told, /HTTP 400, retryable false/);
  assert.deepEqual(printed, []);
  await leave(person);
});

test("the Self Client: a grant token of the console is pasted, and exchanged", async () => {
  const person = await stage.person();
  const { page } = person;
  await click(page, "#tab-self");
  await click(page, "#console [type=submit]");
  const token = await textOf(page, "#generated .token");
  assert.match(await textOf(page, "#generated .countdown"), /^expires in [0-3]:\d\d$/);
  await look(page, "self-client");
  await page.locator("#self-form [name=code]").fill(token);
  await click(page, "#self-form [type=submit]");
  await page.waitForSelector("#granted:not([hidden])");
  assert.equal(await textOf(page, "#grant dd"), "Self Client");
  assert.equal(await textOf(page, "#connection"), "Connected, us");
  assert.equal((await page.content()).includes(token), false);
  await leave(person);
});

test("the page runs the WebAssembly: a request, its callback, a forged one, an answer", async () => {
  const person = await stage.person();
  const { page } = person;
  const sent = stage.demo.fake.log.length;
  await page.locator("#local-form [name=client_id]").fill("1000.FIREFOX");
  await click(page, "#local-form [type=submit]");
  const url = new URL(await textOf(page, "#local-request .url"));
  assert.equal(url.origin + url.pathname, "https://accounts.zoho.com/oauth/v2/auth");
  assert.equal(url.searchParams.get("client_id"), "1000.FIREFOX");
  assert.match(url.searchParams.get("code_challenge") ?? "", /^[\w-]{43}$/);

  await click(page, "#forged-callback");
  await click(page, "#check-form [type=submit]");
  await says(page, "#check-problem", "callback_mismatch");
  await click(page, "#example-callback");
  await click(page, "#check-form [type=submit]");
  await says(
    page,
    "#check-result",
    "It belongs to this request. Its code would be exchanged at https://accounts.zoho.com.",
  );
  assert.equal(await textOf(page, "#check-problem"), "");

  await click(page, "#judge-form [type=submit]");
  await says(page, "#judge-problem", "code_rejected");
  assert.equal(stage.demo.fake.log.length, sent, "all of it happened in the page");
  await look(page, "local");
  await leave(person);
});

test("the policy stops what is inline, and that is heard", async () => {
  const { page, context, printed } = await stage.person();
  const heard = new Promise((resolve) => page.once("pageerror", resolve));
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.body.append(script);
    return Reflect.get(globalThis, "ran") === true;
  });
  assert.equal(ran, false);
  await heard;
  assert.equal(printed.length, 1);
  assert.match(printed[0] ?? "", /^thrown: Error: Content-Security-Policy: .* blocked an inline script/);
  await context.close();
});

test("in the dark", async () => {
  const night = await open({ scheme: "dark" });
  try {
    const person = await night.person();
    const { page } = person;
    assert.equal(await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches), true);
    await look(page, "first-sight-dark");
    await ask(page);
    await look(page, "consent-dark");
    await answer(page);
    await click(page, "#load");
    await page.waitForSelector("#records tbody");
    await look(page, "connected-dark");
    await leave(person);
  } finally {
    await night.close();
  }
});
