// The built program as users run it: a process, with a home folder of its own.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const PROGRAM = fileURLToPath(new URL("../../../pkg/cli/grantkit.js", import.meta.url));

/** @typedef {import("node:test").TestContext} TestContext */
/** @typedef {{ code: number | null, signal: NodeJS.Signals | null, stdout: string, stderr: string }} Ended */
/**
 * How to run. `shows` are the secrets that the output may hold; `showsToken` allows the access token that is stored after the
 * run. `program` and `cwd` are for another copy of the program than that of the repository.
 *
 * @typedef {object} How
 * @property {Record<string, string>} [env]
 * @property {string} [input]
 * @property {string[]} [shows]
 * @property {boolean} [showsToken]
 * @property {[string, ...string[]]} [program]
 * @property {string} [cwd]
 */

/**
 * A home folder, and the secrets that no output may show.
 *
 * @param {TestContext} t
 * @param {Record<string, string>} [given] variables of every run
 */
export async function machine(t, given = {}) {
  const folder = await mkdtemp(join(tmpdir(), "grantkit-cli-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "grantkit", "grants.json");
  /** @type {Set<string>} */
  const secrets = new Set();
  const { PATH = "" } = process.env;
  const environment = { PATH, HOME: folder, XDG_DATA_HOME: folder, ...given };
  for (const [name, value] of Object.entries(given)) if (/SECRET|CODE/.test(name)) secrets.add(value);

  /** The stored record. @param {string} [profile] @param {string} [path] */
  async function record(profile = "default", path = file) {
    const text = await readFile(path, "utf8").catch(() => '{"records":{}}');
    return JSON.parse(text).records[profile];
  }

  /** Adds every token that is on disk to the secrets. */
  async function learn() {
    for (const path of [file, join(folder, "grantkit", "fake-grants.json")]) {
      const text = await readFile(path, "utf8").catch(() => "{}");
      for (const [token] of text.matchAll(/1000\.[0-9a-f]{32}\.[0-9a-f]{32}/g)) secrets.add(token);
    }
  }

  /** @param {Ended} ended @param {How} [how] */
  async function searched(ended, { shows = [], showsToken = false } = {}) {
    await learn();
    if (showsToken) shows.push((await record())?.tokens.access_token);
    const output = ended.stdout + ended.stderr;
    for (const secret of secrets) {
      assert.ok(shows.includes(secret) || !output.includes(secret), `the output shows a secret:\n${output}`);
    }
    return ended;
  }

  /** @param {string[]} args @param {How} [how] */
  function start(args, { env = {}, input, program = [process.execPath, PROGRAM], cwd = folder } = {}) {
    const [name, ...first] = program;
    const child = spawn(name, [...first, ...args], { cwd, env: { ...environment, ...env } });
    return follow(child, input);
  }

  return {
    folder,
    file,
    environment,
    secrets,
    record,
    learn,
    start,
    /** Runs a command to its end. @param {string[]} args @param {How} [how] */
    async run(args, how = {}) {
      await learn();
      return searched(await start(args, how).ended, how);
    },
    /** @param {string[]} args @param {How} [how] @returns {Promise<any>} the object that --json printed */
    async json(args, how = {}) {
      const { code, stdout } = await searched(await start([...args, "--json"], how).ended, how);
      const lines = stdout.trim().split("\n");
      assert.equal(lines.length, 1, stdout);
      return { code, ...JSON.parse(lines[0] ?? "") };
    },
    searched,
  };
}

/**
 * The output of a child, while it runs and after its end.
 *
 * @param {import("node:child_process").ChildProcessWithoutNullStreams} child
 * @param {string} [input]
 */
export function follow(child, input) {
  const printed = { stdout: "", stderr: "" };
  /** @type {(() => void)[]} */
  const readers = [];
  for (const name of /** @type {const} */ (["stdout", "stderr"])) {
    child[name].setEncoding("utf8").on("data", (text) => {
      printed[name] += text;
      for (const read of readers) read();
    });
  }
  child.stdin.on("error", () => {});
  if (input !== undefined) child.stdin.end(input);
  /** @type {Promise<Ended>} */
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...printed }));
  });
  return {
    child,
    ended,
    printed,
    /** Waits until the output matches; fails if the child ends before. @param {RegExp} pattern @param {"stdout" | "stderr"} [where] */
    until(pattern, where = "stderr") {
      /** @type {Promise<RegExpExecArray>} */
      const found = new Promise((resolve) => {
        const read = () => {
          const match = pattern.exec(printed[where]);
          if (match) resolve(match);
        };
        readers.push(read);
        read();
      });
      const early = ended.then((all) => Promise.reject(new Error(`ended before ${pattern}: ${JSON.stringify(all)}`)));
      early.catch(() => {});
      return Promise.race([found, early]);
    },
  };
}
