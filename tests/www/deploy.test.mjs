// The bundle that `wrangler deploy` would upload, and wrangler.toml. The other tests run this bundle.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { build } from "../../www/build.mjs";
import { firstColumn } from "../support/markdown.mjs";
import { demo } from "./support/demo.mjs";

const { unstable_readConfig } = createRequire(import.meta.url)("wrangler");
const ROOT = new URL("../../", import.meta.url);
const BUILD = new URL("target/www/", ROOT);

await build();
const names = await readdir(new URL("worker/", BUILD));
const script = await readFile(new URL("worker/worker.js", BUILD), "utf8");

test("the bundle contains the core as a WebAssembly module, and not the fake", async () => {
  const [wasm = "", ...others] = names.filter((name) => name.endsWith(".wasm"));
  assert.deepEqual(others, []);
  assert.match(wasm, /^[0-9a-f]+-grantkit_bg\.wasm$/);
  assert.deepEqual(
    await readFile(new URL(`worker/${wasm}`, BUILD)),
    await readFile(new URL("pkg/wasm/grantkit_bg.wasm", ROOT)),
  );
  assert.ok(script.includes(`./${wasm}`));
  assert.match(script, /export \{\s*Vault,[\s\S]*\bdefault\b|\bas default\b[\s\S]*\bVault\b/);
});

test("the bundle evaluates no strings and imports nothing from Node", () => {
  assert.doesNotMatch(script, /\bnew Function\(|\beval\(|from ["']node:/);
  const imported = [...script.matchAll(/^import .*?["']([^"']+)["'];?$/gm)].map(([, name = ""]) => name);
  assert.deepEqual(
    imported.filter((name) => !name.endsWith(".wasm")),
    ["cloudflare:workers"],
  );
});

test("the bundle and the page contain no secret, local path or source map", async () => {
  const page = await readdir(new URL("page/", BUILD), { recursive: true });
  const texts = page
    .filter((name) => /\.(?:js|css|html|svg)$/.test(name))
    .map((name) => new URL(`page/${name}`, BUILD));
  const all = [script, ...(await Promise.all(texts.map((url) => readFile(url, "utf8"))))];
  assert.ok(all.length >= 4);
  for (const text of all) {
    assert.doesNotMatch(text, /secret-of-the|1000\.(?:WEB|SELF)CLIENT|1000\.[0-9a-f]{32}/);
    assert.equal(text.includes(ROOT.pathname), false);
  }
  assert.deepEqual(
    page.filter((name) => name.endsWith(".map")),
    [],
  );
});

test("wrangler.toml gives the vault its storage, and runs the Worker before the page", () => {
  const config = unstable_readConfig({ config: new URL("www/wrangler.toml", ROOT).pathname }, { hideWarnings: true });
  assert.deepEqual(config.durable_objects.bindings, [{ name: "VAULT", class_name: "Vault" }]);
  assert.deepEqual(config.migrations, [{ tag: "v1", new_sqlite_classes: ["Vault"] }]);
  const { directory, ...assets } = config.assets;
  assert.match(directory, /target\/www\/page$/);
  assert.deepEqual(assets, { binding: "ASSETS", run_worker_first: true });
  assert.deepEqual(config.vars, {
    ORIGIN: "",
    ZOHO_LOCATION: "us",
    ZOHO_CLIENT_ID: "",
    SELF_CLIENT_ID: "",
    SESSION_SECONDS: "2592000",
  });
  assert.deepEqual([config.services, config.kv_namespaces, config.account_id], [[], [], undefined]);
});

test("the README lists the variables, secrets and routes", async () => {
  const readme = await readFile(new URL("www/README.md", ROOT), "utf8");
  const named = new Set([...readme.matchAll(/(?<=[`\s])(?:[A-Z]+_[A-Z_]+|ORIGIN|FAKE)\b/g)].map(([name]) => name));
  const known = await readFile(new URL("www/worker/config.js", ROOT), "utf8");
  const read = [...known.matchAll(/@property \{.*\} \[?([A-Z]+(?:_[A-Z]+)*)\]?/g)].map(([, name = ""]) => name);
  const setByRunner = ["VAULT", "ASSETS", "ZOHO_ORIGINS"];
  assert.deepEqual([...named].sort(), read.filter((name) => !setByRunner.includes(name)).sort());

  const world = await demo();
  const browser = world.visitor();
  await browser.open();
  const routes = firstColumn(readme, "Route");
  assert.equal(routes.length, 9);
  for (const route of routes) {
    const [method = "", path = ""] = route.replace(/\?.*/, "").replace("*", "v8/org").split(" ");
    const init = method === "POST" ? { method, headers: { origin: world.origin }, body: "" } : {};
    const response = await browser.visit(path, init);
    assert.notEqual(response.status, 404, route);
    await response.body?.cancel();
  }
});

test("the `routes` line that the README shows takes effect at the place it names", async () => {
  const readme = await readFile(new URL("www/README.md", ROOT), "utf8");
  const [, place = "", routes = ""] = /`wrangler\.toml`, above `([^`]+)`.*?```toml\s+(.*?)\s+```/s.exec(readme) ?? [];
  const toml = await readFile(new URL("www/wrangler.toml", ROOT), "utf8");
  assert.ok(toml.includes(`\n${place}\n`));
  const changed = new URL("changed/wrangler.toml", BUILD);
  await mkdir(new URL(".", changed), { recursive: true });
  await writeFile(changed, toml.replace(`\n${place}\n`, `\n${routes}\n${place}\n`));
  const config = unstable_readConfig({ config: changed.pathname }, { hideWarnings: true });
  await rm(new URL(".", changed), { recursive: true });
  assert.deepEqual(config.routes, [{ pattern: "demo.example.com", custom_domain: true }]);
  assert.deepEqual(config.migrations, [{ tag: "v1", new_sqlite_classes: ["Vault"] }]);
});

test("the README lists the Worker's own error codes", async () => {
  const readme = await readFile(new URL("www/README.md", ROOT), "utf8");
  const [, listed = ""] = /Worker's own: (.*?)\./s.exec(readme) ?? [];
  const folder = new URL("www/worker/", ROOT);
  const files = [new URL("www/worker.js", ROOT), ...(await readdir(folder)).map((name) => new URL(name, folder))];
  const code = (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
  const grantkitCodes = [...(/\bSTATUS = \{(.*?)\}/s.exec(code)?.[1]?.matchAll(/(\w+):/g) ?? [])].map(
    ([, name]) => name,
  );
  const codes = [...code.matchAll(/new HttpError\(\s*\d+,\s*"(\w+)"|status: 500, code: "(\w+)"/g)].map(
    ([, a, b]) => a ?? b,
  );
  const own = new Set(codes.filter((name) => !grantkitCodes.includes(name)));
  assert.deepEqual([...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort(), [...own].sort());
});

test("a build without changes writes nothing", async () => {
  const modified = async () => (await stat(new URL("worker/worker.js", BUILD))).mtimeMs;
  const before = await modified();
  await Promise.all([build(), build()]);
  assert.equal(await modified(), before);
  assert.deepEqual(
    (await readdir(BUILD)).filter((name) => /^(?:staging|previous|lock)/.test(name)),
    [],
  );
});
