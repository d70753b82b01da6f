// Builds the page and the Worker into target/www, each only if its sources have changed. The Worker is the bundle that
// `wrangler deploy` would upload.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLockFile } from "./local/lock.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const OUT = join(ROOT, "target/www");
const CONFIG = join(ROOT, "www/wrangler.toml");

/** The sources of both: the package, the versions of the tools, and this file. */
const COMMON_SOURCES = ["pkg", "package-lock.json", "www/build.mjs"];
/** The files that no bundle contains. */
const IGNORED = /^(?:pkg\/cli|.*\/node_modules|.*\/\.[^/]*|pkg\/.*\.(?:md|ts))$/;

/**
 * @typedef {object} Part
 * @property {string} name of its folder in target/www
 * @property {string[]} sources files and folders
 * @property {(folder: string) => Promise<void>} build into a folder
 */

/** @type {Part[]} */
const PARTS = [
  { name: "page", sources: ["www/page", "www/regions.js", "README.md"], build: buildPage },
  {
    name: "worker",
    sources: ["www/worker.js", "www/worker", "www/page/sentence.js", "www/regions.js", "www/wrangler.toml"],
    build: buildWorker,
  },
];

/** Brings target/www up to date. Processes that build at once take turns. */
export async function build() {
  await mkdir(OUT, { recursive: true });
  await withLockFile(join(OUT, "lock"), async () => {
    // In order, because wrangler requires the page's folder.
    for (const part of PARTS) await buildIfChanged(part);
  });
}

/** @param {Part} part */
async function buildIfChanged({ name, sources, build }) {
  const stamp = join(OUT, `${name}.stamp`);
  const current = await fingerprint([...COMMON_SOURCES, ...sources]);
  const [built, files] = await Promise.all([
    readFile(stamp, "utf8").catch(() => ""),
    readdir(join(OUT, name)).catch(() => []),
  ]);
  if (built === current && files.length > 0) return;
  const [staging, previous] = [join(OUT, `staging-${name}`), join(OUT, `previous-${name}`)];
  for (const folder of [staging, previous]) await rm(folder, { recursive: true, force: true });
  await mkdir(staging);
  await build(staging);
  // Renamed, so that no reader sees a partial build.
  await rm(stamp, { force: true });
  if (files.length > 0) await rename(join(OUT, name), previous);
  await rename(staging, join(OUT, name));
  await writeFile(stamp, current);
  await rm(previous, { recursive: true, force: true });
}

/** @param {string} folder */
async function buildPage(folder) {
  await runTool("vite", ["build", "www/page", "--outDir", folder, "--emptyOutDir", "--logLevel", "warn"]);
}

/** @param {string} folder */
async function buildWorker(folder) {
  await runTool("wrangler", ["deploy", "--dry-run", "--config", CONFIG, "--outdir", folder]);
  const { unstable_readConfig } = createRequire(import.meta.url)("wrangler");
  const { compatibility_date, compatibility_flags } = unstable_readConfig({ config: CONFIG }, { hideWarnings: true });
  await writeFile(join(folder, "compatibility.json"), JSON.stringify({ compatibility_date, compatibility_flags }));
}

/**
 * Runs a development tool. If it fails, the error contains its output.
 *
 * @param {string} name
 * @param {string[]} args
 */
async function runTool(name, args) {
  const home = join(OUT, "tools");
  const env = {
    ...process.env,
    // wrangler sends no metrics, does not check for updates, and writes nothing to the user's home.
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(home, "logs"),
    XDG_CONFIG_HOME: home,
  };
  const child = spawn(process.execPath, [join(ROOT, "node_modules/.bin", name), ...args], { cwd: ROOT, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  // A warning fails too, such as one about an import that no module exports.
  const isClean = code === 0 && !/\bwarning\b/i.test(output);
  if (!isClean) throw new Error(`${name} ${args[0]} ended with ${code}:\n${output}`);
}

/** A hash of the names and contents of files. @param {string[]} sources */
async function fingerprint(sources) {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const path of await filesOf(source)) {
      const bytes = await readFile(join(ROOT, path));
      hash.update(`${path} ${bytes.length}\n`).update(bytes);
    }
  }
  return hash.digest("hex");
}

/** @param {string} source @returns {Promise<string[]>} sorted */
async function filesOf(source) {
  const entries = await readdir(join(ROOT, source), { withFileTypes: true }).catch((error) => {
    if (error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (!entries) return [source];
  const paths = entries.map(({ name }) => `${source}/${name}`).filter((path) => !IGNORED.test(path));
  return (await Promise.all(paths.map(filesOf))).flat().sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
