// Starts the demo and the installed Firefox for the tests of a file.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import puppeteer from "puppeteer-core";
import { build } from "../../../www/build.mjs";
import { startDemo } from "../../../www/local/demo.mjs";
import { SCREENSHOTS } from "./chromium.mjs";
import { captureIssuedSecrets } from "./issued-secrets.mjs";

const KNOWN_PATHS = ["/usr/bin/firefox-esr", "/usr/bin/firefox", "/Applications/Firefox.app/Contents/MacOS/firefox"];
/** Long enough for a busy machine. A test that passes does not wait this long. */
const TIMEOUT_MS = 20_000;
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 360, height: 740 };
/** The preference that sets prefers-color-scheme. */
const SCHEME = { name: "layout.css.prefers-color-scheme.content-override", dark: 0, light: 1 };

/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {Awaited<ReturnType<typeof openDemo>>} Fixture */

/** The path in the variable FIREFOX, or the first known path that exists. */
function executable() {
  const path = process.env.FIREFOX ?? KNOWN_PATHS.find((candidate) => existsSync(candidate));
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

/** The colour scheme is fixed when Firefox starts. @param {{ scheme?: "light" | "dark" }} [options] */
export async function openDemo({ scheme = "light" } = {}) {
  await Promise.all([build(), mkdir(SCREENSHOTS, { recursive: true })]);
  const issued = captureIssuedSecrets();
  const demo = await startDemo();
  const browser = await launch(SCHEME[scheme]).catch(async (error) => {
    await demo.close();
    throw error;
  });

  return {
    demo,
    issued,

    /** A user with a browser of their own. */
    async newUser() {
      const context = await browser.createBrowserContext();
      /** Console messages, uncaught errors and violations of the Content-Security-Policy. @type {string[]} */
      const consoleMessages = [];
      /** The responses of the demo to scripts. @type {Promise<string>[]} */
      const responses = [];

      /** Opens the demo's page in a new tab. */
      async function newTab() {
        const page = await context.newPage();
        page.setDefaultTimeout(TIMEOUT_MS);
        await page.setViewport(WIDE);
        page.on("console", (message) => consoleMessages.push(`${message.type()}: ${message.text()}`));
        page.on("pageerror", (error) =>
          consoleMessages.push(`thrown: ${error instanceof Error ? error.stack : error}`),
        );
        page.on("response", (response) => {
          const { origin, pathname } = new URL(response.url());
          if (origin !== demo.origin || !pathname.startsWith("/api/") || pathname === "/api/events") return;
          responses.push(response.text().then((text) => `${pathname} ${text}`, String));
        });
        await visit(page, demo.origin);
        return page;
      }
      return { context, page: await newTab(), newTab, consoleMessages, responses };
    },

    /** How many token requests of a grant type the accounts servers received. @param {string} grant_type */
    tokenRequests: (grant_type) => demo.fake.log.filter((entry) => entry.grant_type === grant_type).length,

    async close() {
      issued.stop();
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

/** Waits for an element, and returns its text. @param {Page} page @param {string} selector */
export async function textOf(page, selector) {
  await page.waitForSelector(selector);
  return page.$eval(selector, (element) => element.textContent ?? "");
}

/** Waits until an element contains a text. @param {Page} page @param {string} selector @param {string} text */
export async function waitForText(page, selector, text) {
  await page.waitForFunction(
    (selector, text) => document.querySelector(selector)?.textContent?.includes(text),
    {},
    selector,
    text,
  );
}

/** @param {Page} page @param {string} selector */
export async function click(page, selector) {
  await page.locator(selector).click();
}

/** Goes from the page to the consent page. @param {Page} page */
export async function openConsentPage(page) {
  await click(page, "#web-form [type=submit]");
  await page.waitForSelector("button[value=approve]");
}

/** Approves or denies on the consent page, and waits for the next page. @param {Page} page @param {{ user?: string, deny?: boolean }} [decision] */
export async function decide(page, { user = "emil@eu.example", deny = false } = {}) {
  await click(page, `input[value="${user}"]`);
  await click(page, `button[value=${deny ? "refuse" : "approve"}]`);
  await page.waitForSelector(deny ? ".problem code" : "#granted:not([hidden])");
}

/** Takes a screenshot in both widths, and asserts that the page is not wider than the window. @param {Page} page @param {string} state */
export async function screenshot(page, state) {
  for (const size of [NARROW, WIDE]) {
    await page.setViewport(size);
    const overflow = await page.evaluate(async () => {
      window.scrollTo(0, 0);
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return document.documentElement.scrollWidth - document.documentElement.clientWidth;
    });
    await page.screenshot({ path: `${SCREENSHOTS}firefox-${state}-${size.width}.png`, fullPage: true });
    assert.ok(overflow <= 0, `${state} at ${size.width} is ${overflow} pixels too wide`);
  }
}
