// How the page behaves: the diagram, records, keyboard, motion, what moves, what is missing. Screenshots go to
// target/browser/.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { open } from "./support/chromium.mjs";

/** @type {import("./support/chromium.mjs").Stage} */
let stage;
before(async () => {
  stage = await open();
});
after(() => stage?.close());

test("an arrow opens its details by the keyboard, and names no secret", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.connect(page);
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
    `Accounts, ${new URL(stage.demo.accounts.eu).host}`,
    "Request",
    "POST /oauth/v2/token",
    "Grant type",
    "authorization_code",
    "Status",
    "200",
  ]);
  await person.look(page, "details");
  await page.keyboard.press("Enter");
  assert.equal(await details.isVisible(), false);
  await person.context.close();
});

test("the newest arrow is in view, unless one has scrolled away", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.connect(page);
  for (let times = 0; times < 8; times += 1) {
    await page.click("#load");
    await page.waitForFunction((count) => document.querySelectorAll(".begins").length > count, times + 2);
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
  await person.look(page, "long-list");
  await person.context.close();
});

test("records of each module come in pages, and there may be none", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.connect(page);
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
  await page.waitForSelector("text=This organisation has no products here.");
  await page.unroute("**/api/crm/**");
  await page.route("**/api/crm/**", () => {});
  await page.click("#load");
  await page.waitForSelector(".skeleton-rows");
  assert.equal(await page.textContent("#use-said"), "Loading products …");
  await person.look(page, "loading");
  await person.context.close();
});

test("what is chosen while other records are loaded is what is shown in the end", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.connect(page);
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
  assert.equal(await page.locator(".skeleton-rows").count(), 1, "what is under way is still seen");
  go();
  await page.waitForSelector("caption");
  assert.equal(await page.textContent("caption"), "Products, the newest first");
  assert.deepEqual(await page.locator("thead th").allTextContents(), ["Name", "Code", "Price", "In stock"]);
  assert.equal(await page.textContent("#use-said"), "8 products, page 1.");
  assert.match((await page.locator("tbody td").first().textContent()) ?? "", /\S/);
  await person.context.close();
});

test("tabs go by arrows, and one tab stop holds them", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.visit(page);
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
  await person.context.close();
});

test("the keyboard alone connects, in an order that follows the page", async () => {
  const person = await stage.person();
  const { page } = person;
  await person.visit(page);
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
  assert.equal(outlined, "solid", "the focus is seen");
  await page.locator("#web-form [type=submit]").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/oauth/v2/auth?*");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=Connected, eu");
  await person.context.close();
});

test("nothing moves that nobody touched, when the answers come", async () => {
  const person = await stage.person();
  const { page } = person;
  await page.addInitScript(() => {
    Object.assign(globalThis, { moved: 0 });
    const add = (/** @type {any} */ { value, hadRecentInput }) => {
      if (!hadRecentInput) Reflect.set(globalThis, "moved", Reflect.get(globalThis, "moved") + value);
    };
    new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({ type: "layout-shift", buffered: true });
  });
  await person.connect(page);
  for (const size of [
    { width: 1440, height: 900 },
    { width: 360, height: 740 },
  ]) {
    await page.setViewportSize(size);
    await person.visit(page);
    await page.waitForSelector("#granted:not([hidden])");
    await page.waitForSelector("text=authorization_code");
    const moved = await page.evaluate(() => Reflect.get(globalThis, "moved"));
    assert.ok(moved < 0.01, `layout shift ${moved} at ${size.width}`);
  }
  await person.context.close();
});

test("who wants no motion gets none", async () => {
  for (const [reducedMotion, animated] of /** @type {const} */ ([
    ["no-preference", "draw"],
    ["reduce", "none"],
  ])) {
    const person = await stage.person({ reducedMotion });
    const { page } = person;
    await person.connect(page);
    await page.waitForSelector(".arrow");
    const name = await page.evaluate(
      () => getComputedStyle(/** @type {Element} */ (document.querySelector(".arrow"))).animationName,
    );
    assert.equal(name, animated);
    await person.context.close();
  }
});

test("with the real Zoho there is nothing to break, and no console", async () => {
  const person = await stage.person();
  const { page } = person;
  await page.route("**/api/config", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...(await answer.json()), fake: false, self_client: false } });
  });
  await person.visit(page);
  assert.equal(await page.isVisible("#break"), false);
  assert.equal(await page.textContent("#where"), "Zoho here is the real one.");
  assert.equal(await page.isVisible("nav >> text=Break"), false);
  await page.click("#tab-self");
  assert.equal(await page.isVisible("#console"), false);
  assert.match((await page.textContent("#no-self-client")) ?? "", /npx wrangler secret put SELF_CLIENT_SECRET/);
  await person.look(page, "real");
  await person.context.close();
});

test("a stream that the server ended is opened again, with nothing drawn twice", async () => {
  const person = await stage.person();
  const { page } = person;
  await page.route("**/api/events", (route) => route.fulfill({ status: 503 }));
  await person.visit(page);
  await page.waitForSelector("text=Waiting for the server");
  await page.unroute("**/api/events");
  await page.waitForSelector("#stream[data-state=live]");
  await person.ask(page);
  await person.answer(page);
  await page.waitForSelector("text=authorization_code");
  const count = await page.locator(".event").count();
  // The next vault has the events of the last: they come once more.
  await page.click("#disconnect");
  await page.waitForSelector("text=POST /api/disconnect");
  assert.equal(await page.locator(".event", { hasText: "authorization_code" }).count(), 1);
  assert.ok((await page.locator(".event").count()) > count);
  await person.context.close();
});

test("a server that is away is told of, with the next step", async () => {
  const person = await stage.person();
  const { page } = person;
  await page.route("**/api/config", (route) => route.abort());
  await person.visit(page);
  assert.equal(await page.textContent("#trouble .problem-code"), "network");
  assert.match((await page.textContent("#trouble")) ?? "", /does not answer: see that it is running\./);
  assert.equal(await page.locator("section:visible").count(), 1);
  await page.click("#local-form [type=submit]");
  await page.waitForSelector(".parts");
  await person.look(page, "away");
  await page.unroute("**/api/config");
  await page.click("#trouble button");
  await page.waitForSelector("#connecting:not([hidden])");
  await person.context.close();
});
