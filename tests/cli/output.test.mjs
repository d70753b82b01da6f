// What all commands share: usage errors, help, exit codes, streams, colours.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import test from "node:test";
import { memoryStore, OAuthClient, TokenManager, zoho } from "grantkit";
import { EXIT } from "../../pkg/cli/src/exit-codes.js";
import { describe } from "../../pkg/cli/src/failure.js";
import { plain } from "../../pkg/cli/src/output.js";
import { follow, machine, PROGRAM } from "./support/grantkit.mjs";
import { SELF } from "./support/zoho.mjs";

const COMMANDS = ["self-client", "login", "token", "status", "api", "revoke", "doctor"];
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's sequences begin with one.
const SEQUENCE = /\u001b/;

test("--version prints the version of the package", async (t) => {
  const { run } = await machine(t);
  const { version } = JSON.parse(await readFile(new URL("../../pkg/package.json", import.meta.url), "utf8"));
  assert.deepEqual(await run(["--version"]), { code: 0, signal: null, stdout: `${version}\n`, stderr: "" });
});

test("each command has help with its options and examples", async (t) => {
  const { run } = await machine(t);
  const { code, stdout } = await run(["--help"]);
  assert.equal(code, 0);
  for (const name of COMMANDS) {
    assert.match(stdout, new RegExp(`^  ${name} `, "m"));
    const help = await run([name, "--help"]);
    assert.deepEqual([help.code, help.stderr], [0, ""]);
    assert.match(help.stdout, new RegExp(`^Usage: grantkit ${name} `));
    assert.match(help.stdout, /--profile <name>/);
    assert.match(help.stdout, new RegExp(`\\nExamples:\\n(  \\$ .*grantkit ${name}.*\\n)`));
  }
});

test("invalid arguments end with exit code 2, name the help, and show no secret", async (t) => {
  const { run, json } = await machine(t);
  for (const [args, complaint] of /** @type {const} */ ([
    [[], "no command was given: `grantkit --help` lists them"],
    [["--verbose"], "no command was given: `grantkit --help` lists them"],
    [["help", "nothing"], "no command was given: `grantkit --help` lists them"],
    [["tokn"], "unknown command 'tokn'"],
    [["token", "extra"], "too many arguments for 'token'"],
    [["api", "GET"], "missing required argument 'path'"],
    [["token", "--min-validity"], "option '--min-validity <seconds>' argument missing"],
    [["self-client", "--print", "yaml"], "--print <form>' argument 'yaml' is invalid"],
    [["self-client", "--client-secrte=hidden-in-a-mistyped-option"], "unknown option '--client-secrte'"],
    [["self-client", "--client-secrte=with-a'hidden-in-it"], "unknown option '--client-secrte'"],
    [["token", "--profile", " x"], "--profile is not valid: give a name of 1 to 128 characters"],
  ])) {
    const { code, stdout, stderr } = await run([...args]);
    assert.deepEqual([code, stdout], [EXIT.usage, ""], stderr);
    assert.ok(stderr.startsWith("grantkit: usage: "), stderr);
    assert.ok(stderr.includes(complaint), stderr);
    assert.ok(!stderr.includes("hidden-in") && !stderr.includes("Commands:"), stderr);
  }
  const { code, ok, error } = await json(["tokn"]);
  assert.deepEqual([code, ok, error.code], [2, false, "usage"]);
});

test("every error of the library has an exit code of its own", async () => {
  const declared = await readFile(new URL("../../pkg/index.d.ts", import.meta.url), "utf8");
  const [list = ""] = /export type OAuthErrorCode =.*?\n\n/s.exec(declared) ?? [];
  const codes = [...list.matchAll(/\| "(\w+)"/g)].map(([, code]) => code);
  assert.ok(codes.length >= 15);
  const own = ["ok", "unexpected", "usage", "http_status", "unhealthy", "interrupted", "broken_pipe", "terminated"];
  assert.deepEqual(Object.keys(EXIT).sort(), [...codes, ...own].sort());
  assert.equal(new Set(Object.values(EXIT)).size, Object.keys(EXIT).length);
});

test("an error of the library has the next step of a terminal in place of that of a program", async () => {
  /** @param {NonNullable<import("grantkit").ClientConfig["fetch"]>} fetch @param {number} [timeoutMs] */
  const client = (fetch, timeoutMs = 10_000) =>
    new OAuthClient({ server: zoho({ location: "eu" }), ...SELF, fetch, timeoutMs });
  const silent = client(() => new Promise(() => {}), 1);
  const cut = client(() => Promise.reject(new TypeError("fetch failed")));
  const answered = client(async () => Response.json({ access_token: "a", token_type: "Bearer", expires_in: 3600 }));
  const due = { version: 1, tokens: { access_token: "b", token_type: "Bearer", refresh_token: "c" }, requests: [] };
  const full = { load: async () => due, save: async () => Promise.reject(new Error("full")), delete: async () => {} };
  const failures = await Promise.allSettled([
    silent.exchangeCode("code"),
    cut.exchangeCode("code"),
    new TokenManager(answered, memoryStore()).accessToken(),
    new TokenManager(answered, full).save(due.tokens),
  ]);
  const shown = failures.map((settled) => (settled.status === "rejected" ? describe(settled.reason).message : "none"));
  const stored = shown.pop();
  assert.deepEqual(shown, [
    "accounts.zoho.eu did not respond within 1 ms: try again later",
    "no response from accounts.zoho.eu: check the host name, the network and TLS, then try again",
    'grant "default" is not in the store',
  ]);
  assert.match(`${stored}`, /^grant "default".*: run this again$/);
});

test("no colour without a terminal, unless it is forced; NO_COLOR and --no-color take precedence", async (t) => {
  const { run } = await machine(t);
  const args = ["self-client", "--fake"];
  const printed = async (/** @type {Record<string, string>} */ env, /** @type {string[]} */ ...more) => {
    const { stdout, stderr } = await run([...args, ...more], { env });
    return SEQUENCE.test(stdout + stderr);
  };
  assert.equal(await printed({}), false);
  assert.equal(await printed({ FORCE_COLOR: "1" }), true);
  assert.equal(await printed({ FORCE_COLOR: "1", NO_COLOR: "1" }), false);
  assert.equal(await printed({ FORCE_COLOR: "1" }, "--no-color"), false);
});

test("control characters in untrusted text are escaped", async (t) => {
  assert.equal(plain("a\u001b[31m\u009b\u202e\r\0b\n\tü"), "a\\u001b[31m\\u009b\\u202e\\u000d\\u0000b\n\tü");

  const { run, json, file } = await machine(t);
  await run(["self-client", "--fake"]);
  const path = file.replace("grants.json", "fake-grants.json");
  const content = JSON.parse(await readFile(path, "utf8"));
  content.records.default.tokens.scope = "A\u001b]0;title\u0007\u009b31m";
  await writeFile(path, JSON.stringify(content));
  const { code, stdout } = await run(["status", "--fake"]);
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}scope +A\\u001b\]0;title\\u0007\\u009b31m$/m);
  assert.equal((await json(["status", "--fake"])).scope, content.records.default.tokens.scope);

  const failed = await run(["tok\u001b[2J"]);
  assert.match(failed.stderr, /^grantkit: usage: unknown command 'tok\\u001b\[2J'/);
});

test("a value in a command to copy is quoted for the shell", async (t) => {
  const { run } = await machine(t);
  const { stderr } = await run(["status", "--profile", "ada's; $(id)"]);
  assert.ok(stderr.includes(`grantkit self-client --profile 'ada'\\''s; $(id)'`), stderr);
});

test("a closed pipe ends the program without a message, as it ends other programs", async (t) => {
  const { environment, folder, run } = await machine(t);
  await run(["self-client", "--fake"]);
  // The reader closes the pipe before the first byte.
  const child = spawn(process.execPath, [PROGRAM, "token", "--fake"], { cwd: folder, env: environment });
  child.stdout.destroy();
  const { code, stderr } = await follow(child).ended;
  assert.deepEqual([code, stderr], [EXIT.broken_pipe, "Fake Zoho: nothing leaves this machine.\n"]);
});

test("--verbose prints each request, without its parameters", async (t) => {
  const { run } = await machine(t);
  const { code, stderr } = await run(["self-client", "--fake", "--verbose"]);
  assert.equal(code, 0);
  assert.match(stderr, /^token {2}https:\/\/accounts\.zoho\.eu\/oauth\/v2\/token {2}HTTP 200 {2}\d+ ms$/m);
});

test("`token` loads neither the prompts nor the fake nor the browser opener", async (t) => {
  const { run, environment, folder } = await machine(t);
  await run(["self-client", "--fake"]);
  const hook = new URL("support/loaded.mjs", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", hook, PROGRAM, "token"], { cwd: folder, env: environment });
  const { code, stderr } = await follow(child).ended;
  assert.equal(code, EXIT.reauthorization_required);
  const loaded = [...stderr.matchAll(/^loaded .*\/pkg\/(.*)$/gm)].map(([, path]) => path);
  assert.ok(loaded.includes("cli/grantkit.js") && loaded.includes("index.js"), stderr);
  for (const path of ["cli/interactive.js", "cli/browser.js", "testing.js"]) assert.ok(!loaded.includes(path), path);
});
