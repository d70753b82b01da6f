// The suite on a page that reaches the fake Zoho at its own origin.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as testing from "grantkit/testing";
import { inChromium } from "./chromium.mjs";
import { files, POLICY, proxyToFake } from "./files.mjs";
import { barePage } from "./importmap.mjs";
import { serve } from "./loopback.mjs";

/**
 * Opens the page that the handlers serve at `/`.
 *
 * @param {import("./loopback.mjs").Handler[]} handlers
 * @returns {Promise<import("./report.mjs").Ran>}
 */
async function suiteOnPage(handlers) {
  const loopback = await serve(testing, [...handlers, proxyToFake(() => loopback.served)]);
  try {
    const { hostile: origin, codes } = loopback.served;
    const samePage = { accounts: { us: origin }, api: { us: origin }, codes: { us: codes.us } };
    return await inChromium(`${origin}/`, { ...loopback.served, ...samePage });
  } finally {
    await loopback.close();
  }
}

/**
 * The suite on a page that a bundler built.
 *
 * @param {string} folder the bundler's output
 */
export function suiteOnBundledPage(folder) {
  return suiteOnPage([files({ "/": folder }, POLICY)]);
}

/**
 * The suite on a page without a bundler: an import map resolves the installed package.
 *
 * @param {string} root has `node_modules/grantkit`, the tests and the script
 * @param {string} [script] runs the suite
 */
export async function suiteOnBarePage(root, script = "/tests/runtimes/programs/page.mjs") {
  const installed = join(root, "node_modules/grantkit");
  const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  const page = barePage(manifest, "/grantkit/", script);
  const policy = POLICY.replace("'self'", `'self' ${page.hash}`);
  return suiteOnPage([
    async ({ url }, response) => {
      if (url !== "/") return false;
      response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy }).end(page.html);
      return true;
    },
    files({ "/grantkit/": installed, "/tests/": join(root, "tests") }, policy),
  ]);
}
