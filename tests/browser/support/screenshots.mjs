import assert from "node:assert/strict";
import axe from "axe-core";

/** @typedef {import("playwright-core").Page} Page */

const SIZES = [
  { width: 1440, height: 900 },
  { width: 360, height: 740 },
];

/**
 * Takes screenshots of a state in both widths and both colour schemes. Asserts that axe finds no violation and that the
 * page is not wider than the window.
 *
 * @param {string} folder for the screenshots
 */
export function checkedScreenshots(folder) {
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
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(overflow <= 0, `${state} at ${size.width} is ${overflow} pixels too wide`);
        // Two of the four combinations are enough for axe: they cover both colour schemes and both widths.
        const isFirstSize = size === SIZES[0];
        if (isFirstSize === (colorScheme === "light")) {
          assert.deepEqual(await violations(page), [], `${state}, ${path}`);
        }
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
    // axe cannot check the contrast of an element that is fading.
    for (const animation of document.getAnimations()) animation.cancel();
    const { violations } = await /** @type {any} */ (globalThis).axe.run(document, { resultTypes: ["violations"] });
    return violations.map((/** @type {any} */ { id, nodes }) => {
      return { id, nodes: nodes.map((/** @type {any} */ node) => `${node.html} ${node.failureSummary}`) };
    });
  });
  return found;
}
