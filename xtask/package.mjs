// Makes target/package, the folder that npm packs. Its scripts are those of pkg/ in few files, because Node takes half a
// millisecond to load one (`npm run bench -- cold-node`). The entries have the same names as in pkg/.

import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { rollup } from "rollup";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const PKG = join(ROOT, "pkg/");
const MAIN = join(PKG, "index.js");
const OUT = join(ROOT, "target/package");
const STAGE = join(ROOT, "target/xtask/package");

/** What is copied as it is, beside the declarations. */
const COPIED = [
  ...["package.json", "load", "wasm/grantkit_bg.wasm", "wasm/testing_bg.wasm", "wasm/THIRD-PARTY.txt"],
  ...["cli/grantkit.js", "cli/interactive.js", "cli/browser.js", "cli/THIRD-PARTY.txt"],
];
const TEXTS = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/** The scripts that other files import by their paths: `imports` of the manifest, and the command line. */
const INTERNAL = [
  ...["fake-no-server.js", "fake-server.js", "private-file.js", "record-fields.js"],
  ...["settings.js", "vault-schedule.js"],
];

const { exports } = JSON.parse(await readFile(join(PKG, "package.json"), "utf8"));
const scripts = Object.values(exports).flatMap((entry) => entry.default ?? []);
const entries = [...scripts, ...INTERNAL].map((path) => join(PKG, path));

/** All that the main entry imports is one file, which the other entries share. @type {import("rollup").GetManualChunk} */
function chunkOf(id, { getModuleInfo }) {
  /** @type {Set<string>} */
  const main = new Set([MAIN]);
  for (const path of main) for (const imported of getModuleInfo(path)?.importedIds ?? []) main.add(imported);
  return main.has(id) && id !== MAIN ? "core" : undefined;
}

const bundle = await rollup({
  input: Object.fromEntries(entries.map((path) => [path.slice(PKG.length, -".js".length), path])),
  external: (id) => !/^[./]/.test(id),
  onwarn(warning) {
    throw new Error(`rollup: ${warning.message}`);
  },
});
const { output } = await bundle.generate({
  format: "es",
  manualChunks: chunkOf,
  chunkFileNames: "[name].js",
  hoistTransitiveImports: false,
  minifyInternalExports: false,
});
await bundle.close();

await rm(STAGE, { recursive: true, force: true });
await mkdir(STAGE, { recursive: true });
for (const chunk of output) {
  if (chunk.type !== "chunk") throw new Error(`${chunk.fileName} is no script`);
  const others = chunk.moduleIds.filter((path) => !path.startsWith(PKG));
  if (others.length > 0)
    throw new Error(`${others.join(", ")} would be in the package without its licence: import it in pkg/cli`);
  // Removes the comments, but those by which bundlers know that a call has no effect; a minifier would remove these too.
  const { code } = await transform(chunk.code, { format: "esm", target: "es2022", legalComments: "none" });
  await writeFile(join(STAGE, chunk.fileName), code);
}
const declarations = (await readdir(PKG)).filter((name) => name.endsWith(".d.ts"));
for (const name of [...COPIED, ...declarations]) await cp(join(PKG, name), join(STAGE, name), { recursive: true });
for (const name of TEXTS) await cp(join(ROOT, name), join(STAGE, name));
await chmod(join(STAGE, "cli/grantkit.js"), 0o755);
await rm(OUT, { recursive: true, force: true });
await rename(STAGE, OUT);
