// Starts the demo and Chromium for the tests of a file.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "../../../www/build.mjs";
import { startDemo } from "../../../www/local/demo.mjs";
import { launch } from "../../runtimes/support/chromium.mjs";
import { captureIssuedSecrets } from "./issued-secrets.mjs";
import { checkedScreenshots } from "./screenshots.mjs";

/** The folder of the screenshots. */
export const SCREENSHOTS = fileURLToPath(new URL("../../../target/browser/", import.meta.url));

const FLAGS = [
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** The event stream does not end. The other two routes respond with a code on purpose. */
const UNCHECKED_ROUTES = new Set(["/api/events", "/api/demo/generate-code", "/api/demo/forge"]);
/** Long enough for a busy machine. A test that passes does not wait this long. */
const TIMEOUT_MS = 20_000;

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {Awaited<ReturnType<typeof openDemo>>} Fixture */

export async function openDemo() {
  await Promise.all([build(), mkdir(SCREENSHOTS, { recursive: true })]);
  const issued = captureIssuedSecrets();
  const demo = await startDemo();
  const browser = await launch(FLAGS).catch(async (error) => {
    await demo.close();
    throw error;
  });

  return {
    demo,
    issued,

    /** A user with a browser of their own. @param {import("playwright-core").BrowserContextOptions} [options] */
    async newUser(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      context.setDefaultTimeout(TIMEOUT_MS);
      /** Console messages and uncaught errors. @type {string[]} */
      const consoleMessages = [];
      /** The responses of the demo to scripts. @type {Promise<string>[]} */
      const responses = [];
      context.on("console", (message) => consoleMessages.push(message.text()));
      context.on("weberror", (error) => consoleMessages.push(`thrown: ${error.error().stack}`));
      context.on("response", (response) => {
        const { origin, pathname } = new URL(response.url());
        if (origin !== demo.origin || !pathname.startsWith("/api/") || UNCHECKED_ROUTES.has(pathname)) return;
        responses.push(response.text().then((text) => `${pathname} ${text}`, String));
      });
      const page = await context.newPage();
      const screenshot = checkedScreenshots(SCREENSHOTS);
      return { context, page, consoleMessages, responses, ...steps(demo.origin), screenshot };
    },

    /** How many token requests of a grant type the accounts servers received. @param {string} grant_type */
    tokenRequests: (grant_type) => demo.fake.log.filter((entry) => entry.grant_type === grant_type).length,

    async close() {
      issued.stop();
      await browser.close().finally(demo.close);
    },
  };
}

/** @param {string} origin */
function steps(origin) {
  /** Opens the page, and waits until it has loaded. @param {Page} page */
  async function visit(page) {
    await page.goto(origin);
    await page.waitForSelector("body:not(.loading)");
  }

  /** Goes from the page to the consent page. @param {Page} page */
  async function openConsentPage(page) {
    await page.click("#web-form [type=submit]");
    await page.waitForURL("**/oauth/v2/auth?*");
  }

  /** Approves or denies on the consent page. @param {Page} page @param {{ user?: string, deny?: boolean }} [decision] */
  async function decide(page, { user = "emil@eu.example", deny = false } = {}) {
    await page.check(`input[value="${user}"]`);
    await page.click(`button[value=${deny ? "refuse" : "approve"}]`);
    await page.waitForURL((url) => url.origin === origin && url.pathname !== "/callback");
  }

  /** Opens the page and connects. @param {Page} page @param {Parameters<typeof decide>[1]} [decision] */
  async function connect(page, decision) {
    await visit(page);
    await openConsentPage(page);
    await decide(page, decision);
    await page.waitForSelector("#granted:not([hidden])");
  }

  return { visit, openConsentPage, decide, connect };
}
