// An application on Next.js with the package from the tarball. Next.js is installed in `target`, where it stays: it is
// larger than all other development tools together.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { command } from "../../runtimes/support/command.mjs";
import { folder as installed } from "./install.mjs";

const MANIFESTS = ["package.json", "package-lock.json", ".npmrc"];
const SOURCE = fileURLToPath(new URL("../next/", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../target/next/", import.meta.url));
const APPLICATION = join(ROOT, "tests/packaging/next");
const NEXT = join(ROOT, "node_modules/next/dist/bin/next");
const QUIET = { NEXT_TELEMETRY_DISABLED: "1" };

/**
 * Installs Next.js unless that was done for this lockfile.
 *
 * @returns {Promise<string | false>} why it cannot be had; in CI that is an error
 */
export async function lacksNext() {
  const lock = await readFile(join(SOURCE, "package-lock.json"), "utf8");
  const stamp = join(ROOT, "node_modules/.installed.json");
  if ((await readFile(stamp, "utf8").catch(() => undefined)) === lock) return false;
  for (const name of MANIFESTS) await cp(join(SOURCE, name), join(ROOT, name));
  try {
    await command("npm", ["ci", "--loglevel", "error"], ROOT);
  } catch (error) {
    if (process.env.CI) throw error;
    return "npm cannot install Next.js here; `npm ci` in tests/packaging/next says why";
  }
  await writeFile(stamp, lock);
  return false;
}

/** Puts the application, the suite and the installed package to where Next.js is, and builds it. */
export async function build() {
  await rm(join(ROOT, "node_modules/grantkit"), { recursive: true, force: true });
  // The cache of an earlier build, beside the tests, makes this one faster.
  for (const name of ["tests", "node_modules/grantkit"]) {
    await cp(join(installed, name), join(ROOT, name), { recursive: true });
  }
  await command(process.execPath, [NEXT, "build"], APPLICATION, QUIET);
}

/** Serves what was built; what the server prints is what its console shows. */
export async function start() {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const server = spawn(process.execPath, [NEXT, "start", "--hostname", "127.0.0.1", "--port", "0"], {
    cwd: APPLICATION,
    env: { ...inherited, ...QUIET },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(server, "close");
  /** @type {string[]} */
  const lines = [];
  const origin = await new Promise((resolve, reject) => {
    createInterface(server.stdout).on("line", (line) => {
      lines.push(line);
      const [, found] = /Local:\s+(http:\S+)/.exec(line) ?? [];
      if (found) resolve(found);
    });
    ended.then(() => reject(new Error(`Next.js ended:\n${lines.join("\n")}`)), reject);
  });
  return {
    origin,
    shown: () => lines.join("\n"),
    async stop() {
      server.kill();
      await ended;
    },
  };
}
