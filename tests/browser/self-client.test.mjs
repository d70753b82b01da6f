// The Self Client from the console to records, and grantkit in the page itself. Screenshots go to target/browser/.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { after, before } from "node:test";
import { firstColumn } from "../support/markdown.mjs";
import { assertNoSecret } from "./support/assert-no-secret.mjs";
import { open } from "./support/chromium.mjs";

/** @type {import("./support/chromium.mjs").Stage} */
let stage;
before(async () => {
  stage = await open();
});
after(() => stage?.close());

test("a grant token of the console is copied, pasted and exchanged, once", async () => {
  const person = await stage.person({ permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = person;
  await person.visit(page);
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
  stage.heard.secrets.add(token);
  assert.match((await page.textContent("#generated [role=timer]")) ?? "", /^expires in (?:10:00|9:\d\d)$/);
  assert.equal(await page.locator("#console-problem .problem").count(), 0);
  await person.look(page, "grant-token");

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
    /^BySelf ClientData centreUnited States \(us\).*ZohoCRM\.modules\.leads\.READAccess/,
  );
  await assertNoSecret(stage, person);
  await page.click("#load");
  await page.waitForSelector("table");

  await page.click("#disconnect");
  await page.waitForSelector("#connecting:not([hidden])");
  await page.click("#tab-self");
  await page.fill("#self-form [name=code]", token);
  await page.click("#self-form [type=submit]");
  await page.waitForSelector("#self-problem .problem");
  assert.equal(await page.textContent("#self-problem .problem-code"), "code_rejected");
  assert.match((await page.textContent("#self-problem .problem-next")) ?? "", /Start again, or generate a new code\.$/);
  assert.equal(await page.inputValue("#self-form [name=code]"), "", "a code that is no good is not kept");
  await person.look(page, "code-rejected");
  await person.context.close();
});

test("a grant token that was not sent is still there, and serves", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.visit(page);
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
    person.printed.filter((line) => line.startsWith("thrown")),
    [],
  );
  await person.context.close();
});

test("a connection that ended unrevoked is told of, until there is another", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.connect(page);
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
  await person.context.close();
});

test("the page builds an authorization request with its own WebAssembly, and checks the callback", async () => {
  const person = await stage.person();
  const { page, printed } = person;
  /** @type {string[]} */
  const sent = [];
  await person.visit(page);
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
  for (const [name, , meaning] of explained) assert.match(`${meaning}`, /^[A-Z].*\.$/, `${name} is explained`);

  await page.click("#example-callback");
  await page.click("#check-form [type=submit]");
  await page.waitForSelector("#check-result .good");
  assert.equal(
    await page.textContent("#check-result"),
    "It belongs to this request. Its code would be exchanged at https://accounts.zoho.eu.",
  );
  assert.equal(await page.inputValue("#check-form textarea"), "", "the code is not kept");

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
  assert.deepEqual(printed, []);
  await person.context.close();
});

test("without a request a callback is refused, and says what to do", async () => {
  const { page, context, visit } = await stage.person();
  await visit(page);
  await page.click("#example-callback");
  await page.click("#check-form [type=submit]");
  await page.waitForSelector("#check-problem .problem");
  assert.equal(await page.textContent("#check-problem .problem-code"), "callback_mismatch");
  assert.match((await page.textContent("#check-problem .problem-next")) ?? "", /Start a new authorization request\.$/);
  await context.close();
});

test("an answer of a token endpoint is judged, and its tokens are not kept", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.visit(page);
  const judge = async (/** @type {Record<string, string>} */ { grant = "exchange", status = "200", body = "" }) => {
    await page.selectOption("#judge-form [name=grant]", grant);
    await page.fill("#judge-form [name=status]", status);
    await page.fill("#judge-form [name=body]", body);
    await page.click("#judge-form >> text=Explain");
    await page.waitForSelector("#judge-problem .problem, #judge-result .good");
    return page.locator("#judge-problem .problem-code, #judge-result .good").textContent();
  };
  assert.equal(await judge({ body: '{"error":"invalid_code"}' }), "code_rejected");
  assert.equal(await judge({ grant: "refresh", body: '{"error":"invalid_code"}' }), "reauthorization_required");
  assert.equal(await judge({ body: '{"error":"invalid_client"}' }), "client_rejected");
  const throttle = { error: "拒绝访问", error_description: "…", status: "failure" };
  assert.equal(await judge({ status: "400", body: JSON.stringify(throttle) }), "throttled");
  assert.equal(await judge({ status: "500", body: "<html>" }), "unexpected_response");
  await person.look(page, "judged");
  const tokens = { access_token: "1000.a", refresh_token: "1000.b", expires_in: 3600, token_type: "Bearer" };
  assert.match(
    (await judge({ body: JSON.stringify(tokens) })) ?? "",
    /^These are tokens\. The members are access_token, /,
  );
  assert.equal(await page.inputValue("#judge-form [name=body]"), "");
  await person.context.close();
});

test("each code of the README is explained in its words", async () => {
  const { page, context, visit } = await stage.person();
  await visit(page);
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const codes = await page.locator("#code option").allTextContents();
  assert.deepEqual(codes, firstColumn(readme, "`code`"));
  await page.selectOption("#code", "store");
  assert.equal(
    await page.textContent("#code-meaning"),
    "Tokens could not be saved.Next step Save error.tokens: they hold what the server issued.",
  );
  await context.close();
});
