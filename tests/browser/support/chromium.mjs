// One demo and one Chromium for the tests of a file.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "../../../www/build.mjs";
import { startDemo } from "../../../www/local/demo.mjs";
import { launch } from "../../runtimes/support/chromium.mjs";
import { overhear } from "./issued-secrets.mjs";
import { looks } from "./screenshots.mjs";

/** Where the screenshots go. */
export const SHOTS = fileURLToPath(new URL("../../../target/browser/", import.meta.url));

const FLAGS = [
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** The stream has no end; the others are the two that answer with a code, as Zoho's console and an attacker do. */
const UNHEARD = new Set(["/api/events", "/api/demo/generate-code", "/api/demo/forge"]);
/** For a machine that does other things too; nothing waits this long where all is well. */
const PATIENCE = 20_000;

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {Awaited<ReturnType<typeof open>>} Stage */

export async function open() {
  await Promise.all([build(), mkdir(SHOTS, { recursive: true })]);
  const heard = overhear();
  const demo = await startDemo();
  const browser = await launch(FLAGS).catch(async (error) => {
    await demo.close();
    throw error;
  });

  return {
    demo,
    heard,

    /** A browser of its own: another person. @param {import("playwright-core").BrowserContextOptions} [options] */
    async person(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      context.setDefaultTimeout(PATIENCE);
      /** What the console printed, and what was thrown. @type {string[]} */
      const printed = [];
      /** What the demo answered to scripts. @type {Promise<string>[]} */
      const answers = [];
      context.on("console", (message) => printed.push(message.text()));
      context.on("weberror", (error) => printed.push(`thrown: ${error.error().stack}`));
      context.on("response", (response) => {
        const { origin, pathname } = new URL(response.url());
        if (origin !== demo.origin || !pathname.startsWith("/api/") || UNHEARD.has(pathname)) return;
        answers.push(response.text().then((text) => `${pathname} ${text}`, String));
      });
      const page = await context.newPage();
      return { context, page, printed, answers, ...steps(demo.origin), look: looks(SHOTS) };
    },

    /** How many requests of a grant type the accounts servers have had. @param {string} grant_type */
    asked: (grant_type) => demo.fake.log.filter((entry) => entry.grant_type === grant_type).length,

    async close() {
      heard.end();
      await browser.close().finally(demo.close);
    },
  };
}

/** @param {string} origin */
function steps(origin) {
  /** The page as it is once the Worker has answered. @param {Page} page */
  async function visit(page) {
    await page.goto(origin);
    await page.waitForSelector("body:not(.loading)");
  }

  /** Up to the consent page. @param {Page} page */
  async function ask(page) {
    await page.click("#web-form [type=submit]");
    await page.waitForURL("**/oauth/v2/auth?*");
  }

  /** The user's answer on the consent page. @param {Page} page @param {{ user?: string, refuse?: boolean }} [answer] */
  async function answer(page, { user = "emil@eu.example", refuse = false } = {}) {
    await page.check(`input[value="${user}"]`);
    await page.click(`button[value=${refuse ? "refuse" : "approve"}]`);
    await page.waitForURL((url) => url.origin === origin && url.pathname !== "/callback");
  }

  /** Connects, from the page's first sight to its connected state. @param {Page} page @param {Parameters<typeof answer>[1]} [wish] */
  async function connect(page, wish) {
    await visit(page);
    await ask(page);
    await answer(page, wish);
    await page.waitForSelector("#granted:not([hidden])");
  }

  return { visit, ask, answer, connect };
}
