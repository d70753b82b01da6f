// What `wrangler deploy` would upload, and what wrangler.toml says of it. The other tests run this very bundle.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { build } from "../../www/build.mjs";
import { firstColumn } from "../support/markdown.mjs";
import { demo } from "./support/demo.mjs";

const { unstable_readConfig } = createRequire(import.meta.url)("wrangler");
const ROOT = new URL("../../", import.meta.url);
const BUILT = new URL("target/www/", ROOT);

await build();
const names = await readdir(new URL("worker/", BUILT));
const script = await readFile(new URL("worker/worker.js", BUILT), "utf8");

test("the bundle has the core, as a module of WebAssembly, and not the fake", async () => {
  const [wasm = "", ...others] = names.filter((name) => name.endsWith(".wasm"));
  assert.deepEqual(others, []);
  assert.match(wasm, /^[0-9a-f]+-grantkit_bg\.wasm$/);
  assert.deepEqual(
    await readFile(new URL(`worker/${wasm}`, BUILT)),
    await readFile(new URL("pkg/wasm/grantkit_bg.wasm", ROOT)),
  );
  assert.ok(script.includes(`./${wasm}`));
  assert.match(script, /export \{\s*Vault,[\s\S]*\bdefault\b|\bas default\b[\s\S]*\bVault\b/);
});

test("the bundle compiles no code from text and needs nothing of Node", () => {
  assert.doesNotMatch(script, /\bnew Function\(|\beval\(|from ["']node:/);
  const imported = [...script.matchAll(/^import .*?["']([^"']+)["'];?$/gm)].map(([, name = ""]) => name);
  assert.deepEqual(
    imported.filter((name) => !name.endsWith(".wasm")),
    ["cloudflare:workers"],
  );
});

test("neither the bundle nor the page has a secret, a path of this machine, or a map of the sources", async () => {
  const page = await readdir(new URL("page/", BUILT), { recursive: true });
  const texts = page
    .filter((name) => /\.(?:js|css|html|svg)$/.test(name))
    .map((name) => new URL(`page/${name}`, BUILT));
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

test("wrangler.toml binds the vault to storage of its own, and the page behind the Worker", () => {
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

test("the README names the variables, secrets and routes that there are", async () => {
  const readme = await readFile(new URL("www/README.md", ROOT), "utf8");
  const named = new Set([...readme.matchAll(/(?<=[`\s])(?:[A-Z]+_[A-Z_]+|ORIGIN|FAKE)\b/g)].map(([name]) => name));
  const known = await readFile(new URL("www/worker/config.js", ROOT), "utf8");
  const read = [...known.matchAll(/@property \{.*\} \[?([A-Z]+(?:_[A-Z]+)*)\]?/g)].map(([, name = ""]) => name);
  const ofTheRunner = ["VAULT", "ASSETS", "ZOHO_ORIGINS"];
  assert.deepEqual([...named].sort(), read.filter((name) => !ofTheRunner.includes(name)).sort());

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

test("the routes of the README are those of the Worker, where the README has them put", async () => {
  const readme = await readFile(new URL("www/README.md", ROOT), "utf8");
  const [, place = "", routes = ""] = /`wrangler\.toml`, above `([^`]+)`.*?```toml\s+(.*?)\s+```/s.exec(readme) ?? [];
  const toml = await readFile(new URL("www/wrangler.toml", ROOT), "utf8");
  assert.ok(toml.includes(`\n${place}\n`));
  const changed = new URL("changed/wrangler.toml", BUILT);
  await mkdir(new URL(".", changed), { recursive: true });
  await writeFile(changed, toml.replace(`\n${place}\n`, `\n${routes}\n${place}\n`));
  const config = unstable_readConfig({ config: changed.pathname }, { hideWarnings: true });
  await rm(new URL(".", changed), { recursive: true });
  assert.deepEqual(config.routes, [{ pattern: "demo.example.com", custom_domain: true }]);
  assert.deepEqual(config.migrations, [{ tag: "v1", new_sqlite_classes: ["Vault"] }]);
});

test("the README names the codes that are the Worker's own", async () => {
  const readme = await readFile(new URL("www/README.md", ROOT), "utf8");
  const [, listed = ""] = /Worker's own: (.*?)\./s.exec(readme) ?? [];
  const folder = new URL("www/worker/", ROOT);
  const files = [new URL("www/worker.js", ROOT), ...(await readdir(folder)).map((name) => new URL(name, folder))];
  const code = (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
  const ofGrantkit = [...(/\bSTATUS = \{(.*?)\}/s.exec(code)?.[1]?.matchAll(/(\w+):/g) ?? [])].map(([, name]) => name);
  const told = [...code.matchAll(/new HttpError\(\s*\d+,\s*"(\w+)"|status: 500, code: "(\w+)"/g)].map(
    ([, a, b]) => a ?? b,
  );
  const own = new Set(told.filter((name) => !ofGrantkit.includes(name)));
  assert.deepEqual([...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort(), [...own].sort());
});

test("a build that changes nothing does nothing", async () => {
  const made = async () => (await stat(new URL("worker/worker.js", BUILT))).mtimeMs;
  const before = await made();
  await Promise.all([build(), build()]);
  assert.equal(await made(), before);
  assert.deepEqual(
    (await readdir(BUILT)).filter((name) => /^(?:stage|earlier|lock)/.test(name)),
    [],
  );
});
