import assert from "node:assert/strict";
import axe from "axe-core";

/** @typedef {import("playwright-core").Page} Page */

const SIZES = [
  { width: 1440, height: 900 },
  { width: 360, height: 740 },
];

/**
 * Looks at a state in both widths and both colour schemes: a screenshot of each into `folder`, no violation that axe
 * finds, and nothing wider than the window.
 *
 * @param {string} folder
 */
export function looks(folder) {
  return async (/** @type {Page} */ page, /** @type {string} */ state) => {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      await page.emulateMedia({ colorScheme });
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await page.evaluate(() => {
          window.scrollTo(0, 0);
          return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        });
        const path = `${folder}${state}-${size.width}-${colorScheme}.png`;
        await page.screenshot({ path, fullPage: true, animations: "disabled" });
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wider <= 0, `${state} at ${size.width} is ${wider} pixels too wide`);
        // Colours are judged in both schemes, and what is laid out at both widths, each once.
        const first = size === SIZES[0];
        if (first === (colorScheme === "light")) assert.deepEqual(await violations(page), [], `${state}, ${path}`);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: null });
  };
}

/** @param {Page} page */
async function violations(page) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    // The page is still while it is looked at: what fades has no colour to judge.
    for (const animation of document.getAnimations()) animation.cancel();
    const { violations } = await /** @type {any} */ (globalThis).axe.run(document, { resultTypes: ["violations"] });
    return violations.map((/** @type {any} */ { id, nodes }) => {
      return { id, nodes: nodes.map((/** @type {any} */ node) => `${node.html} ${node.failureSummary}`) };
    });
  });
  return found;
}
