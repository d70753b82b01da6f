import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const KNOWN = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of Chromium: CHROMIUM, else where systems install it. */
function executable() {
  const path = process.env.CHROMIUM ?? KNOWN.find((candidate) => existsSync(candidate));
  if (!path) throw new Error("no Chromium found: install it (apt-get install chromium) or set CHROMIUM to its path");
  return path;
}

/** @param {string[]} [flags] */
export async function launch(flags = []) {
  return chromium.launch({
    executablePath: executable(),
    // Chromium does not start its sandbox as root, and containers run as root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ["--disable-dev-shm-usage", ...flags],
  });
}

/** Chromium, shared by the pages that are open at the same time. @type {Promise<import("playwright-core").Browser> | undefined} */
let running;
let pages = 0;

/**
 * Opens a page and waits for the promise that it puts in `globalThis.outcome`.
 *
 * @param {string} url
 * @param {unknown} [given] the page's `globalThis.given`
 * @returns {Promise<{ outcome: any, shown: string }>} the value of the promise, and what the console printed
 */
export async function inChromium(url, given) {
  running ??= launch();
  pages += 1;
  try {
    return await open(await (await running).newContext(), url, given);
  } finally {
    pages -= 1;
    if (pages === 0) {
      const ended = running;
      running = undefined;
      await ended.then((browser) => browser.close());
    }
  }
}

/**
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} url
 * @param {unknown} given
 */
async function open(context, url, given) {
  const page = await context.newPage();
  const shown = /** @type {string[]} */ ([]);
  const failed = new Promise((_, reject) => {
    page.on("pageerror", reject);
    page.on("crash", () => reject(new Error("the page crashed")));
  });
  // The DevTools protocol's event has the previews of objects that the console shows.
  const devtools = await context.newCDPSession(page);
  devtools.on("Runtime.consoleAPICalled", ({ args }) => shown.push(JSON.stringify(args)));
  await devtools.send("Runtime.enable");
  await page.addInitScript((value) => Object.assign(globalThis, { given: value }), given);
  await page.goto(url);
  const outcome = page
    .waitForFunction(() => "outcome" in globalThis, undefined, { timeout: 60_000 })
    .then(() => page.evaluate(() => /** @type {any} */ (globalThis).outcome))
    .catch((error) => Promise.reject(new Error(`${error.message}\n${shown.join("\n")}`)));
  return { outcome: await Promise.race([outcome, failed]), shown: shown.join("\n") };
}
