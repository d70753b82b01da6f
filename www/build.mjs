// Builds the page and the Worker into target/www, each where it is not what its sources say. The Worker is the bundle that
// `wrangler deploy` would upload.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { locked } from "./local/lock.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const OUT = join(ROOT, "target/www");
const CONFIG = join(ROOT, "www/wrangler.toml");

/** What both are made from: the library as it ships, the tools, and this. */
const COMMON = ["pkg", "package-lock.json", "www/build.mjs"];
/** What no bundle has. */
const LEFT_OUT = /^(?:pkg\/cli|.*\/node_modules|.*\/\.[^/]*|pkg\/.*\.(?:md|ts))$/;

/**
 * @typedef {object} Part
 * @property {string} name of its folder in target/www
 * @property {string[]} sources files and folders
 * @property {(folder: string) => Promise<void>} make
 */

/** @type {Part[]} */
const PARTS = [
  { name: "page", sources: ["www/page", "README.md"], make: makePage },
  { name: "worker", sources: ["www/worker.js", "www/worker", "www/wrangler.toml"], make: makeWorker },
];

/** Makes target/www what the sources say. Processes that want it at once take turns. */
export async function build() {
  await mkdir(OUT, { recursive: true });
  await locked(join(OUT, "lock"), async () => {
    // In order: wrangler looks whether the page's folder is there.
    for (const part of PARTS) await ensure(part);
  });
}

/** @param {Part} part */
async function ensure({ name, sources, make }) {
  const stamp = join(OUT, `${name}.stamp`);
  const wanted = await fingerprint([...COMMON, ...sources]);
  const [made, there] = await Promise.all([
    readFile(stamp, "utf8").catch(() => ""),
    readdir(join(OUT, name)).catch(() => []),
  ]);
  if (made === wanted && there.length > 0) return;
  const [stage, earlier] = [join(OUT, `stage-${name}`), join(OUT, `earlier-${name}`)];
  for (const folder of [stage, earlier]) await rm(folder, { recursive: true, force: true });
  await mkdir(stage);
  await make(stage);
  // In one step, so that no reader meets half of it.
  await rm(stamp, { force: true });
  if (there.length > 0) await rename(join(OUT, name), earlier);
  await rename(stage, join(OUT, name));
  await writeFile(stamp, wanted);
  await rm(earlier, { recursive: true, force: true });
}

/** @param {string} folder */
async function makePage(folder) {
  await tool("vite", ["build", "www/page", "--outDir", folder, "--emptyOutDir", "--logLevel", "warn"]);
}

/** @param {string} folder */
async function makeWorker(folder) {
  await tool("wrangler", ["deploy", "--dry-run", "--config", CONFIG, "--outdir", folder]);
  const { unstable_readConfig } = createRequire(import.meta.url)("wrangler");
  const { compatibility_date, compatibility_flags } = unstable_readConfig({ config: CONFIG }, { hideWarnings: true });
  await writeFile(join(folder, "compatibility.json"), JSON.stringify({ compatibility_date, compatibility_flags }));
}

/**
 * Runs a development tool, and shows what it printed where it fails.
 *
 * @param {string} name
 * @param {string[]} args
 */
async function tool(name, args) {
  const home = join(OUT, "tools");
  const env = {
    ...process.env,
    // wrangler: no metrics, no look for a newer version, and nothing in the user's home.
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(home, "logs"),
    XDG_CONFIG_HOME: home,
  };
  const child = spawn(process.execPath, [join(ROOT, "node_modules/.bin", name), ...args], { cwd: ROOT, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  // Such as an import that nothing exports.
  const isClean = code === 0 && !/\bwarning\b/i.test(output);
  if (!isClean) throw new Error(`${name} ${args[0]} ended with ${code}:\n${output}`);
}

/** The names and contents of files. @param {string[]} sources */
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

/** @param {string} source @returns {Promise<string[]>} in a settled order */
async function filesOf(source) {
  const entries = await readdir(join(ROOT, source), { withFileTypes: true }).catch((error) => {
    if (error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (!entries) return [source];
  const paths = entries.map(({ name }) => `${source}/${name}`).filter((path) => !LEFT_OUT.test(path));
  return (await Promise.all(paths.map(filesOf))).flat().sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
