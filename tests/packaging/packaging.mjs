// The tarball as a user gets it: packed, listed, installed in a folder outside the repository, and used there by Node,
// by bundles in Chromium and by a Worker.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { after } from "node:test";
import { fileURLToPath } from "node:url";
import * as testing from "grantkit/testing";
import { inChromium } from "../runtimes/support/chromium.mjs";
import { files, POLICY, passOn } from "../runtimes/support/files.mjs";
import { serve } from "../runtimes/support/loopback.mjs";
import { inWorkerd } from "../runtimes/support/workerd.mjs";
import { CLIENT, SCOPE_GRANTED } from "../scenario/world.mjs";
import { bundlers } from "./support/bundlers.mjs";
import { command, install } from "./support/install.mjs";

const installed = await install();
after(installed.remove);
const consumer = (/** @type {string} */ name) => join(installed.folder, "consumers", name);

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TYPE_ROOTS = join(ROOT, "node_modules/@types");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

/** @typedef {import("node:test").TestContext} TestContext */

const EXPECTED = {
  authorization: "/oauth/v2/auth",
  scope: SCOPE_GRANTED,
  anotherToken: true,
  sameGrant: true,
  refusal: "reauthorization_required",
};

/**
 * Starts servers for one walk; they end with the test.
 *
 * @param {TestContext} t
 * @param {string} [page] a folder to serve at the same origin
 */
async function start(t, page) {
  const { us: client_secret } = CLIENT.client_secret;
  const loopback = await serve(testing, [
    passOn(() => loopback.served),
    ...(page ? [files({ "/": page }, POLICY)] : []),
  ]);
  t.after(loopback.close);
  const { hostile: origin, accounts, api, codes } = loopback.served;
  const at = page ? { accounts: origin, api: origin } : { accounts: accounts.us, api: api.us };
  return { origin, given: { ...at, code: codes.us, client_id: CLIENT.client_id, client_secret } };
}

/** Opens a bundle's page. @param {TestContext} t @param {string} folder */
async function openPage(t, folder) {
  const { origin, given } = await start(t, folder);
  const { outcome } = await inChromium(`${origin}/`, given);
  return outcome;
}

/** Runs a bundle in Node. @param {TestContext} t @param {string} bundle */
async function runBundle(t, bundle) {
  const { given } = await start(t);
  const printed = await command(
    process.execPath,
    [consumer("run.js"), bundle, JSON.stringify(given)],
    installed.folder,
  );
  return JSON.parse(printed);
}

test("the tarball holds what is listed in tarball.txt, and nothing else", async () => {
  const listed = (await readFile(new URL("tarball.txt", import.meta.url), "utf8")).trim().split("\n");
  assert.deepEqual(installed.files, listed.sort());
});

test("the package brings nothing with it", async () => {
  const modules = await readdir(join(installed.folder, "node_modules"));
  assert.deepEqual(
    modules.filter((name) => !name.startsWith(".")),
    ["grantkit"],
  );
});

for (const runner of ["node.mjs", "commonjs.cjs"]) {
  test(`the suite passes against the installed package: ${runner}`, async () => {
    const printed = await command(process.execPath, [`tests/runtimes/${runner}`], installed.folder);
    assert.match(printed, /^# pass [1-9]\d+$/m);
    assert.match(printed, /^# fail 0$/m);
  });
}

for (const bundler of ["vite", "webpack"]) {
  test(`grantkit bundled by ${bundler} runs in Chromium`, async (t) => {
    await bundlers[bundler]?.(consumer(bundler), "main.js");
    const dist = join(consumer(bundler), "dist");
    const emitted = await readdir(dist, { recursive: true });
    assert.equal(emitted.filter((name) => name.endsWith(".wasm")).length, 1, `one .wasm among ${emitted}`);
    assert.deepEqual(await openPage(t, dist), EXPECTED);
  });
}

for (const bundler of ["esbuild", "rollup"]) {
  test(`grantkit/inline bundled by ${bundler} is one file that runs in Node and in Chromium`, async (t) => {
    await bundlers[bundler]?.(consumer("inline"), "main.js");
    const dist = join(consumer("inline"), "dist");
    assert.deepEqual((await readdir(dist)).sort(), ["index.html", "main.js"]);
    assert.deepEqual(await runBundle(t, join(dist, "main.js")), EXPECTED, "in Node");
    assert.deepEqual(await openPage(t, dist), EXPECTED, "in Chromium");
  });
}

/** What people set in their tsconfig; each must be content with the declarations in the tarball. */
const COMPILERS = {
  "a bundler and the DOM": [
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--lib",
    "es2022,dom",
    "--types",
    "",
  ],
  "a Worker": ["--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2022,webworker", "--types", ""],
  "Node alone": ["--module", "nodenext", "--lib", "es2022", "--types", "node", "--typeRoots", TYPE_ROOTS],
};

for (const [setting, flags] of Object.entries(COMPILERS)) {
  test(`the declarations of the tarball compile for ${setting}`, async () => {
    const uses = ["uses.ts", ...(setting === "Node alone" ? ["require.cts"] : [])].map((name) => `tests/types/${name}`);
    const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--pretty", "false"];
    const tsc = [TSC, ...strict, ...flags, ...uses];
    assert.equal(await command(process.execPath, tsc, installed.folder), "");
  });
}

test("grantkit bundled as wrangler does runs in workerd", async (t) => {
  const { given } = await start(t);
  const { answer } = await inWorkerd(join(consumer("worker"), "worker.js"), given);
  assert.deepEqual(answer, EXPECTED);
});
