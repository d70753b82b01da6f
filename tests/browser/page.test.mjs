// The page in Chromium: diagram, records, keyboard, motion, layout shifts, missing servers. Screenshots are in
// target/browser/.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { openDemo } from "./support/chromium.mjs";

/** @type {import("./support/chromium.mjs").Fixture} */
let fixture;
before(async () => {
  fixture = await openDemo();
});
after(() => fixture?.close());

test("the keyboard opens the details of an arrow", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.connect(page);
  await page.waitForSelector("text=POST /oauth/v2/token");
  const arrow = page.locator(".event", { hasText: "authorization_code" });
  await arrow.focus();
  await page.keyboard.press("Enter");
  assert.equal(await arrow.getAttribute("aria-expanded"), "true");
  const details = page.locator(`#${await arrow.getAttribute("aria-controls")}`);
  const rows = await details.locator("dt, dd").allTextContents();
  assert.deepEqual(rows.slice(0, 10), [
    "From",
    "Worker",
    "To",
    `Accounts, ${new URL(fixture.demo.accounts.eu).host}`,
    "Request",
    "POST /oauth/v2/token",
    "Grant type",
    "authorization_code",
    "Status",
    "200",
  ]);
  await user.screenshot(page, "details");
  await page.keyboard.press("Enter");
  assert.equal(await details.isVisible(), false);
  await user.context.close();
});

test("the diagram follows the newest arrow, unless the user has scrolled", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.connect(page);
  for (let times = 0; times < 8; times += 1) {
    await page.click("#load");
    await page.waitForFunction((count) => document.querySelectorAll(".from-browser").length > count, times + 2);
  }
  const last = page.locator(".event").last();
  const atEnd = () =>
    page.evaluate(() => {
      const list = /** @type {HTMLElement} */ (document.querySelector(".scroller"));
      return list.scrollHeight - list.clientHeight - list.scrollTop < 2;
    });
  await page.waitForFunction(() => document.querySelectorAll(".event").length >= 20);
  assert.equal(await atEnd(), true);
  await last.scrollIntoViewIfNeeded();
  await page.evaluate(() => document.querySelector(".scroller")?.scrollTo(0, 0));
  await page.click("#load");
  await page.waitForSelector(".newest:not([hidden])");
  assert.equal(await atEnd(), false);
  await page.click(".newest");
  assert.equal(await atEnd(), true);
  assert.equal(await page.evaluate(() => document.activeElement?.className), "scroller");
  await user.screenshot(page, "long-list");
  await user.context.close();
});

test("records are shown in pages, and an empty module has a message", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.connect(page);
  await page.click("#load");
  await page.waitForSelector("table");
  const first = await page.locator("tbody").textContent();
  assert.equal(await page.locator("text=Previous").isDisabled(), true);
  await page.click(".pager >> text=Next");
  await page.waitForSelector("text=Page 2");
  assert.notEqual(await page.locator("tbody").textContent(), first);
  for (const [module, columns] of /** @type {const} */ ([
    ["Contacts", ["Name", "Account", "City", "Source"]],
    ["Products", ["Name", "Code", "Price", "In stock"]],
  ])) {
    await page.click(`.segments >> text=${module}`);
    await page.waitForSelector(`caption:has-text("${module}")`);
    assert.deepEqual(await page.locator("thead th").allTextContents(), columns);
    assert.equal(await page.locator("tbody tr").count(), 8);
    assert.match((await page.locator("tbody td").first().textContent()) ?? "", /\S/);
  }
  await page.route("**/api/crm/**", (route) => route.fulfill({ status: 204 }));
  await page.click("#load");
  await page.waitForSelector("text=This organisation has no products.");
  await page.unroute("**/api/crm/**");
  await page.route("**/api/crm/**", () => {});
  await page.click("#load");
  await page.waitForSelector(".skeleton-rows");
  assert.equal(await page.textContent("#use-status"), "Loading products …");
  await user.screenshot(page, "loading");
  await user.context.close();
});

test("a module that is chosen during a load is shown in the end", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.connect(page);
  let go = () => {};
  const held = new Promise((resolve) => {
    go = () => resolve(undefined);
  });
  await page.route("**/api/crm/v8/Leads?*", async (route) => {
    await held;
    await route.continue();
  });
  await page.click("#load");
  await page.waitForSelector(".skeleton-rows");
  await page.focus("[value=Leads]");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator(".skeleton-rows").count(), 1, "the placeholder is still shown");
  go();
  await page.waitForSelector("caption");
  assert.equal(await page.textContent("caption"), "Products, newest first");
  assert.deepEqual(await page.locator("thead th").allTextContents(), ["Name", "Code", "Price", "In stock"]);
  assert.equal(await page.textContent("#use-status"), "8 products, page 1.");
  assert.match((await page.locator("tbody td").first().textContent()) ?? "", /\S/);
  await user.context.close();
});

test("arrow keys select tabs, which share one tab stop", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.visit(page);
  const focused = () => page.evaluate(() => document.activeElement?.id);
  await page.focus("#tab-web");
  for (const [key, tab, panel] of /** @type {const} */ ([
    ["ArrowRight", "tab-self", "panel-self"],
    ["ArrowRight", "tab-web", "panel-web"],
    ["ArrowLeft", "tab-self", "panel-self"],
    ["Home", "tab-web", "panel-web"],
    ["End", "tab-self", "panel-self"],
  ])) {
    await page.keyboard.press(key);
    assert.equal(await focused(), tab, key);
    assert.equal(await page.getAttribute(`#${tab}`, "aria-selected"), "true");
    assert.equal(await page.locator("[role=tab][tabindex='-1']").count(), 1);
    assert.equal(await page.isVisible(`#${panel}`), true);
    assert.equal(await page.locator("[role=tabpanel]:visible").count(), 1);
  }
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "panel-self");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await focused(), "tab-self");
  await user.context.close();
});

test("a user connects with the keyboard only, in the order of the page", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await user.visit(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the content");
  const order = ["Connect", "Watch", "Use", "Break", "In the browser", "Web application"];
  for (const name of order) {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), name);
  }
  const outlined = await page.evaluate(
    () => getComputedStyle(/** @type {Element} */ (document.activeElement)).outlineStyle,
  );
  assert.equal(outlined, "solid", "the focus is visible");
  await page.locator("#web-form [type=submit]").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/oauth/v2/auth?*");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=Connected, eu");
  await user.context.close();
});

test("the page has no layout shift when the server responds", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await page.addInitScript(() => {
    Object.assign(globalThis, { moved: 0 });
    const add = (/** @type {any} */ { value, hadRecentInput }) => {
      if (!hadRecentInput) Reflect.set(globalThis, "moved", Reflect.get(globalThis, "moved") + value);
    };
    new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({ type: "layout-shift", buffered: true });
  });
  await user.connect(page);
  for (const size of [
    { width: 1440, height: 900 },
    { width: 360, height: 740 },
  ]) {
    await page.setViewportSize(size);
    await user.visit(page);
    await page.waitForSelector("#granted:not([hidden])");
    await page.waitForSelector("text=authorization_code");
    const moved = await page.evaluate(() => Reflect.get(globalThis, "moved"));
    assert.ok(moved < 0.01, `layout shift ${moved} at ${size.width}`);
  }
  await user.context.close();
});

test("with reduced motion nothing is animated", async () => {
  for (const [reducedMotion, animated] of /** @type {const} */ ([
    ["no-preference", "draw"],
    ["reduce", "none"],
  ])) {
    const user = await fixture.newUser({ reducedMotion });
    const { page } = user;
    await user.connect(page);
    await page.waitForSelector(".arrow");
    const name = await page.evaluate(
      () => getComputedStyle(/** @type {Element} */ (document.querySelector(".arrow"))).animationName,
    );
    assert.equal(name, animated);
    await user.context.close();
  }
});

test("with the real Zoho the Break section and the console are hidden", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await page.route("**/api/config", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ json: { ...(await response.json()), fake: false, self_client: false } });
  });
  await user.visit(page);
  assert.equal(await page.isVisible("#break"), false);
  assert.equal(await page.textContent("#where"), "This demo uses the real Zoho.");
  assert.equal(await page.isVisible("nav >> text=Break"), false);
  await page.click("#tab-self");
  assert.equal(await page.isVisible("#console"), false);
  assert.match((await page.textContent("#no-self-client")) ?? "", /npx wrangler secret put SELF_CLIENT_SECRET/);
  await user.screenshot(page, "real");
  await user.context.close();
});

test("a stream that ended is opened again, and no arrow appears twice", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await page.route("**/api/events", (route) => route.fulfill({ status: 503 }));
  await user.visit(page);
  await page.waitForSelector("text=Waiting for the server");
  await page.unroute("**/api/events");
  await page.waitForSelector("#stream[data-state=live]");
  await user.openConsentPage(page);
  await user.decide(page);
  await page.waitForSelector("text=authorization_code");
  const count = await page.locator(".event").count();
  // The vault of the next session sends the events of the previous one again.
  await page.click("#disconnect");
  await page.waitForSelector("text=POST /api/disconnect");
  assert.equal(await page.locator(".event", { hasText: "authorization_code" }).count(), 1);
  assert.ok((await page.locator(".event").count()) > count);
  await user.context.close();
});

test("if the server cannot be reached, the page shows the error and the next step", async () => {
  const user = await fixture.newUser();
  const { page } = user;
  await page.route("**/api/config", (route) => route.abort());
  await user.visit(page);
  assert.equal(await page.textContent("#page-error .problem-code"), "network");
  assert.match((await page.textContent("#page-error")) ?? "", /does not respond: check that it is running\./);
  assert.equal(await page.locator("section:visible").count(), 1);
  await page.click("#local-form [type=submit]");
  await page.waitForSelector(".parts");
  await user.screenshot(page, "offline");
  await page.unroute("**/api/config");
  await page.click("#page-error button");
  await page.waitForSelector("#connecting:not([hidden])");
  await user.context.close();
});
