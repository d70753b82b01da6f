// Bundles the command line from pkg/cli/src and its libraries into the scripts of pkg/cli that ship, and writes the licences
// of the libraries beside them. The scripts import the package itself, so that no module of it exists twice.

import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chosen, RULE, textIn } from "./licence.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "pkg/cli");
const STAGE = join(ROOT, "target/xtask/cli");

/** The scripts: the program, and those that it imports on demand. */
const SCRIPTS = { grantkit: "main", interactive: "interactive", browser: "browser" };

const manifest = JSON.parse(await readFile(join(ROOT, "pkg/package.json"), "utf8"));

/** Keeps the package and the other scripts out of a bundle, by relative paths. @type {import("esbuild").Plugin} */
const outside = {
  name: "outside",
  setup({ onResolve }) {
    onResolve({ filter: /^grantkit(\/|$)/ }, ({ path }) => {
      const entry = manifest.exports[path.replace("grantkit", ".")].default;
      return { path: `.${entry}`, external: true };
    });
    onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
      const inPackage = relative(join(ROOT, "pkg"), join(resolveDir, path));
      // A module of the package that no entry exports. A second copy would have its own state.
      if (resolveDir.startsWith(OUT) && !/^(\.\.|cli)\//.test(inPackage))
        return { path: `../${inPackage}`, external: true };
      if (kind !== "dynamic-import") return undefined;
      const found = Object.entries(SCRIPTS).find(([, source]) => path.endsWith(`/${source}.js`));
      return found && { path: `./${found[0]}.js`, external: true };
    });
  },
};

const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: Object.fromEntries(Object.entries(SCRIPTS).map(([name, source]) => [name, `pkg/cli/src/${source}.js`])),
  outdir: STAGE,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  // Identifiers stay, for readable stacks.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  metafile: true,
  define: { "process.env.GRANTKIT_VERSION": JSON.stringify(manifest.version) },
  plugins: [outside],
  // CommonJS libraries call `require` for the modules of Node, which ESM does not have.
  banner: {
    js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
  },
});

const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
const twice = bundled.filter((path, index) => path.startsWith("pkg/") && bundled.indexOf(path) !== index);
// Two copies of a class are two classes.
if (twice.length > 0) throw new Error(`${twice.join(", ")} is in several scripts: import it from one of them`);

const notices = await Promise.all(packages(Object.keys(metafile.inputs)).map(notice));
await writeFile(join(STAGE, "THIRD-PARTY.txt"), `${notices.join(RULE)}\n`);
await chmod(join(STAGE, "grantkit.js"), 0o755);
await mkdir(OUT, { recursive: true });
const made = [...Object.keys(SCRIPTS).map((name) => `${name}.js`), "THIRD-PARTY.txt"];
for (const name of made) await rename(join(STAGE, name), join(OUT, name));
// A file of an older bundle would ship too.
for (const entry of await readdir(OUT, { withFileTypes: true })) {
  if (entry.isFile() && !made.includes(entry.name)) await rm(join(OUT, entry.name));
}
await rm(STAGE, { recursive: true });

/** The folders of the packages that the files belong to. @param {string[]} files */
function packages(files) {
  const folders = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** @param {string} folder */
async function notice(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, "package.json"), "utf8"));
  const texts = await Promise.all(chosen(name, license).map((licence) => textIn(join(ROOT, folder), licence)));
  if (texts.includes(undefined)) throw new Error(`${name} does not bring the text of its licence: use another library`);
  return `${name} ${version} (${license})\n\n${texts.join("\n\n")}`;
}
