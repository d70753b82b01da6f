// One demo and one Firefox, the installed one, for the tests of a file.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import puppeteer from "puppeteer-core";
import { build } from "../../../www/build.mjs";
import { startDemo } from "../../../www/local/demo.mjs";
import { SHOTS } from "./chromium.mjs";
import { overhear } from "./issued-secrets.mjs";

const KNOWN = ["/usr/bin/firefox-esr", "/usr/bin/firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"];
/** For a machine that does other things too; nothing waits this long where all is well. */
const PATIENCE = 20_000;
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 360, height: 740 };
/** The preference that decides what prefers-color-scheme matches. */
const SCHEME = { name: "layout.css.prefers-color-scheme.content-override", dark: 0, light: 1 };

/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {Awaited<ReturnType<typeof open>>} Stage */

/** Firefox: where FIREFOX says, else where systems put it. */
function executable() {
  const path = process.env.FIREFOX ?? KNOWN.find((candidate) => existsSync(candidate));
  if (!path) throw new Error("no Firefox found: install it (apt-get install firefox-esr) or set FIREFOX to its path");
  return path;
}

/** @param {number} scheme */
async function launch(scheme) {
  return puppeteer.launch({
    browser: "firefox",
    executablePath: executable(),
    extraPrefsFirefox: { [SCHEME.name]: scheme },
  });
}

/** Firefox takes the colour scheme as a preference, when it starts. @param {{ scheme?: "light" | "dark" }} [options] */
export async function open({ scheme = "light" } = {}) {
  await Promise.all([build(), mkdir(SHOTS, { recursive: true })]);
  const heard = overhear();
  const demo = await startDemo();
  const browser = await launch(SCHEME[scheme]).catch(async (error) => {
    await demo.close();
    throw error;
  });

  return {
    demo,
    heard,

    /** A browser of its own: another person. */
    async person() {
      const context = await browser.createBrowserContext();
      /** What the console printed, what was thrown, and what the policy stopped. @type {string[]} */
      const printed = [];
      /** What the demo answered to scripts. @type {Promise<string>[]} */
      const answers = [];

      /** A tab, at the demo's page as it is once the Worker has answered. */
      async function tab() {
        const page = await context.newPage();
        page.setDefaultTimeout(PATIENCE);
        await page.setViewport(WIDE);
        page.on("console", (message) => printed.push(`${message.type()}: ${message.text()}`));
        page.on("pageerror", (error) => printed.push(`thrown: ${error instanceof Error ? error.stack : error}`));
        page.on("response", (response) => {
          const { origin, pathname } = new URL(response.url());
          if (origin !== demo.origin || !pathname.startsWith("/api/") || pathname === "/api/events") return;
          answers.push(response.text().then((text) => `${pathname} ${text}`, String));
        });
        await visit(page, demo.origin);
        return page;
      }
      return { context, page: await tab(), tab, printed, answers };
    },

    /** How many requests of a grant type the accounts servers have had. @param {string} grant_type */
    asked: (grant_type) => demo.fake.log.filter((entry) => entry.grant_type === grant_type).length,

    async close() {
      heard.end();
      await browser.close();
      await demo.close();
    },
  };
}

/** @param {Page} page @param {string} origin */
export async function visit(page, origin) {
  await page.goto(origin);
  await page.waitForSelector("body:not(.loading)");
}

/** What an element says, once it is there. @param {Page} page @param {string} selector */
export async function textOf(page, selector) {
  await page.waitForSelector(selector);
  return page.$eval(selector, (element) => element.textContent ?? "");
}

/** Waits until an element says what fits. @param {Page} page @param {string} selector @param {string} words */
export async function says(page, selector, words) {
  await page.waitForFunction(
    (selector, words) => document.querySelector(selector)?.textContent?.includes(words),
    {},
    selector,
    words,
  );
}

/** @param {Page} page @param {string} selector */
export async function click(page, selector) {
  await page.locator(selector).click();
}

/** Up to the consent page. @param {Page} page */
export async function ask(page) {
  await click(page, "#web-form [type=submit]");
  await page.waitForSelector("button[value=approve]");
}

/** The user's answer on the consent page, and where it leads. @param {Page} page @param {{ user?: string, refuse?: boolean }} [answer] */
export async function answer(page, { user = "emil@eu.example", refuse = false } = {}) {
  await click(page, `input[value="${user}"]`);
  await click(page, `button[value=${refuse ? "refuse" : "approve"}]`);
  await page.waitForSelector(refuse ? ".problem code" : "#granted:not([hidden])");
}

/** A screenshot in both widths, in neither of which anything is wider than the window. @param {Page} page @param {string} state */
export async function look(page, state) {
  for (const size of [NARROW, WIDE]) {
    await page.setViewport(size);
    const over = await page.evaluate(async () => {
      window.scrollTo(0, 0);
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return document.documentElement.scrollWidth - document.documentElement.clientWidth;
    });
    await page.screenshot({ path: `${SHOTS}firefox-${state}-${size.width}.png`, fullPage: true });
    assert.ok(over <= 0, `${state} at ${size.width} is ${over} pixels too wide`);
  }
}
