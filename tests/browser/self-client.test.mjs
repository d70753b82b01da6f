// The Self Client, and the section "In the browser". Screenshots are in target/browser/.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { after, before } from "node:test";
import { rows } from "../support/markdown.mjs";
import { assertNoSecret } from "./support/assert-no-secret.mjs";
import { openDemo } from "./support/chromium.mjs";

const ERROR_ROWS = rows(readFileSync(new URL("../../README.md", import.meta.url), "utf8"), "`code`");

/** The texts of the README about an error code. @param {string} wanted */
function readmeRow(wanted) {
  const [, happened = "", next = ""] = ERROR_ROWS.find(([code]) => code === wanted) ?? assert.fail(wanted);
  return { happened, next };
}

/** @type {import("./support/chromium.mjs").Fixture} */
let fixture;
before(async () => {
  fixture = await openDemo();
});
after(() => fixture?.close());

test("a grant token of the console can be copied, pasted and exchanged, once", async () => {
  const user = await fixture.newUser({ permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = user;
  await user.visit(page);
  await page.click("#tab-self");
  assert.equal(
    await page.inputValue("#console [name=scope]"),
    ["modules.leads", "modules.contacts", "modules.products", "org", "users"]
      .map((one) => `ZohoCRM.${one}.READ`)
      .join(","),
  );
  await page.fill("#console [name=scope]", "nonsense");
  await page.click("#console [type=submit]");
  await page.waitForSelector("#console-problem .problem");
  await page.fill("#console [name=scope]", "ZohoCRM.modules.leads.READ");
  await page.selectOption("#console [name=seconds]", "600");
  await page.click("#console [type=submit]");
  const token = (await page.textContent("#generated .token")) ?? "";
  assert.match(token, /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/);
  fixture.issued.secrets.add(token);
  assert.match((await page.textContent("#generated [role=timer]")) ?? "", /^expires in (?:10:00|9:\d\d)$/);
  assert.equal(await page.locator("#console-problem .problem").count(), 0);
  await user.screenshot(page, "grant-token");

  await page.click("#generated >> text=Copy");
  await page.waitForSelector("text=Copied.");
  await page.focus("#self-form [name=code]");
  await page.keyboard.press("Control+V");
  assert.equal(await page.inputValue("#self-form [name=code]"), token);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#granted:not([hidden])");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "disconnect");
  assert.match(
    (await page.textContent("#grant")) ?? "",
    /^ClientSelf ClientData centreUnited States \(us\).*ZohoCRM\.modules\.leads\.READAccess/,
  );
  await assertNoSecret(fixture, user);
  await page.click("#load");
  await page.waitForSelector("table");

  await page.click("#disconnect");
  await page.waitForSelector("#connecting:not([hidden])");
  await page.click("#tab-self");
  await page.fill("#self-form [name=code]", token);
  await page.click("#self-form [type=submit]");
  await page.waitForSelector("#self-problem .problem");
  assert.equal(await page.textContent("#self-problem .problem-code"), "code_rejected");
  assert.equal(await page.textContent("#self-problem .problem-next"), `Next step ${readmeRow("code_rejected").next}.`);
  assert.equal(await page.inputValue("#self-form [name=code]"), "", "the field with the used code is cleared");
  await user.screenshot(page, "code-rejected");
  await user.context.close();
});

test("a grant token that was not sent stays in its field and can be sent again", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.visit(page);
  await page.click("#tab-self");
  await page.click("#console [type=submit]");
  const token = (await page.textContent("#generated .token")) ?? "";
  await page.fill("#self-form [name=code]", token);
  await page.route("**/api/{self-client,session}", (route) => route.abort());
  await page.click("#self-form [type=submit]");
  await page.waitForSelector("#self-problem .problem");
  assert.equal(await page.textContent("#self-problem .problem-code"), "network");
  assert.equal(await page.inputValue("#self-form [name=code]"), token);
  assert.equal(await page.textContent("#generated .token"), token);
  await page.unroute("**/api/{self-client,session}");
  await page.click("#self-form [type=submit]");
  await page.waitForSelector("#granted:not([hidden])");
  assert.equal(await page.inputValue("#self-form [name=code]"), "");
  assert.equal(await page.locator("#generated .token").count(), 0);
  assert.deepEqual(
    user.consoleMessages.filter((line) => line.startsWith("thrown")),
    [],
  );
  await user.context.close();
});

test("the error of a grant that was not revoked is shown until the next connection", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.connect(page);
  await page.route("**/api/disconnect", async (route) => {
    await route.fetch();
    await route.fulfill({ status: 500, json: { error: { code: "invalid_configuration", message: "not revoked" } } });
  });
  await page.click("#disconnect");
  await page.waitForSelector("#connecting:not([hidden])");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "tab-web");
  assert.equal(await page.locator("#disconnect-problem .problem-code:visible").textContent(), "invalid_configuration");
  await page.click("#tab-self");
  await page.click("#console [type=submit]");
  await page.fill("#self-form [name=code]", (await page.textContent("#generated .token")) ?? "");
  await page.click("#self-form [type=submit]");
  await page.waitForSelector("#granted:not([hidden])");
  assert.equal(await page.locator("#disconnect-problem .problem").count(), 0);
  await user.context.close();
});

test("the page builds an authorization request and validates its callback with WebAssembly", async () => {
  const user = await fixture.newUser();
  const { page, consoleMessages } = user;
  /** @type {string[]} */
  const sent = [];
  await user.visit(page);
  page.on("request", (request) => sent.push(new URL(request.url()).pathname));

  await page.fill("#local-form [name=client_id]", "1000.MINE");
  await page.selectOption("#local-form [name=location]", "eu");
  await page.fill("#local-form [name=scope]", "ZohoCRM.modules.leads.READ ZohoCRM.org.READ");
  await page.fill("#local-form [name=redirect_uri]", "https://mine.example/cb?a=b");
  await page.click("#local-form >> text=Build");
  await page.waitForSelector(".parts");
  const url = new URL((await page.textContent(".url")) ?? "");
  assert.equal(url.origin + url.pathname, "https://accounts.zoho.eu/oauth/v2/auth");
  const { state, code_challenge, ...rest } = Object.fromEntries(url.searchParams);
  assert.match(`${state}`, /^[\w-]{43}$/);
  assert.match(`${code_challenge}`, /^[\w-]{43}$/);
  assert.deepEqual(rest, {
    response_type: "code",
    client_id: "1000.MINE",
    redirect_uri: "https://mine.example/cb?a=b",
    scope: "ZohoCRM.modules.leads.READ,ZohoCRM.org.READ",
    code_challenge_method: "S256",
    access_type: "offline",
  });
  const explained = await page.locator(".parts > div").evaluateAll((rows) => {
    return rows.map((row) => [...row.querySelectorAll("code, span")].map(({ textContent }) => textContent));
  });
  assert.deepEqual(
    explained.map(([name, value]) => [name, value]),
    [["endpoint", url.origin + url.pathname], ...url.searchParams],
  );
  for (const [name, , purpose] of explained) assert.match(`${purpose}`, /^[A-Z].*\.$/, `${name} is explained`);

  await page.click("#example-callback");
  await page.click("#check-form [type=submit]");
  await page.waitForSelector("#check-result .good");
  assert.equal(
    await page.textContent("#check-result"),
    "This callback is valid. grantkit would exchange its code at https://accounts.zoho.eu.",
  );
  assert.equal(await page.inputValue("#check-form textarea"), "", "the code is deleted");

  await page.click("#forged-callback");
  await page.click("#check-form [type=submit]");
  await page.waitForSelector("#check-problem .problem");
  assert.equal(await page.textContent("#check-problem .problem-code"), "callback_mismatch");
  assert.equal(await page.locator("#check-result .good").count(), 0);

  await page.fill("#check-form textarea", `https://mine.example/cb?a=b&state=${state}&error=access_denied`);
  await page.click("#check-form [type=submit]");
  await page.waitForSelector("#check-problem >> text=authorization_response");
  await page.fill("#check-form textarea", "https://mine.example/cb?a=b&state=another&code=c");
  await page.click("#check-form [type=submit]");
  await page.waitForSelector("#check-problem >> text=callback_mismatch");

  await page.fill("#local-form [name=redirect_uri]", "https://mine.example/cb#part");
  await page.click("#local-form >> text=Build");
  await page.waitForSelector("#local-problem .problem");
  assert.equal(await page.textContent("#local-problem .problem-code"), "invalid_configuration");
  assert.equal(await page.locator(".parts").count(), 0);
  assert.deepEqual(
    sent.filter((path) => !/^\/assets\/.*\.wasm$/.test(path)),
    [],
    "nothing was sent",
  );
  assert.deepEqual(consoleMessages, []);
  await user.context.close();
});

test("a callback without a request is rejected with the next step", async () => {
  const { page, context, visit } = await fixture.newUser();
  await visit(page);
  await page.click("#example-callback");
  await page.click("#check-form [type=submit]");
  await page.waitForSelector("#check-problem .problem");
  assert.equal(await page.textContent("#check-problem .problem-code"), "callback_mismatch");
  assert.equal(
    await page.textContent("#check-problem .problem-next"),
    `Next step ${readmeRow("callback_mismatch").next}.`,
  );
  await context.close();
});

test("a token response is parsed, and its tokens are deleted from the page", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.visit(page);
  const parse = async (/** @type {Record<string, string>} */ { grant = "exchange", status = "200", body = "" }) => {
    await page.selectOption("#response-form [name=grant]", grant);
    await page.fill("#response-form [name=status]", status);
    await page.fill("#response-form [name=body]", body);
    await page.click("#response-form >> text=Parse");
    await page.waitForSelector("#response-problem .problem, #response-result .good");
    return page.locator("#response-problem .problem-code, #response-result .good").textContent();
  };
  assert.equal(await parse({ body: '{"error":"invalid_code"}' }), "code_rejected");
  assert.equal(await parse({ grant: "refresh", body: '{"error":"invalid_code"}' }), "reauthorization_required");
  assert.equal(await parse({ body: '{"error":"invalid_client"}' }), "client_rejected");
  const throttle = { error: "拒绝访问", error_description: "…", status: "failure" };
  assert.equal(await parse({ status: "400", body: JSON.stringify(throttle) }), "throttled");
  assert.equal(await parse({ status: "500", body: "<html>" }), "unexpected_response");
  await user.screenshot(page, "token-response");
  const tokens = { access_token: "1000.a", refresh_token: "1000.b", expires_in: 3600, token_type: "Bearer" };
  assert.match(
    (await parse({ body: JSON.stringify(tokens) })) ?? "",
    /^This response contains tokens\. Its members are access_token, /,
  );
  assert.equal(await page.inputValue("#response-form [name=body]"), "");
  await user.context.close();
});

test("the page explains each error code with the text of the README", async () => {
  const { page, context, visit } = await fixture.newUser();
  await visit(page);
  const codes = await page.locator("#code option").allTextContents();
  assert.deepEqual(
    codes,
    ERROR_ROWS.map(([code]) => code),
  );
  await page.selectOption("#code", "store");
  const { happened, next } = readmeRow("store");
  assert.equal(await page.textContent("#code-meaning"), `${happened}.Next step ${next}.`);
  await context.close();
});
