// docs/cli.md says what the program does: its options, variables, files and exit codes.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { OAuthClient, zoho } from "grantkit";
import { fileStore } from "grantkit/node";
import { fakeZoho } from "grantkit/testing";
import { EXIT } from "../../pkg/cli/src/exit-codes.js";
import { dataFolder } from "../../pkg/cli/src/paths.js";
import { createProgram } from "../../pkg/cli/src/program.js";
import { LOCATIONS } from "../../pkg/cli/src/regions.js";
import { sections } from "../support/markdown.mjs";
import { SELF } from "./support/zoho.mjs";

const DOCS = await readFile(new URL("../../docs/cli.md", import.meta.url), "utf8");
const program = createProgram("0", async () => {});

/** The section below a heading. @param {string} heading */
function part(heading) {
  const [, below = assert.fail(`there is no section ${heading}`)] = DOCS.split(`\n${heading}\n`);
  const level = heading.split(" ")[0];
  return below.split(new RegExp(`^#{1,${level?.length}} `, "m"))[0] ?? "";
}

test("every command has a section, which lists its own options", () => {
  assert.deepEqual(
    [...DOCS.matchAll(/^### (.*)$/gm)].map(([, name]) => name),
    program.commands.map((command) => command.name()),
  );
  const client = part("## The client");
  for (const command of program.commands) {
    const own = part(`### ${command.name()}`);
    for (const { flags } of command.options) {
      assert.ok(own.includes(`\`${flags}\``) || client.includes(`\`${flags}\``), `${command.name()} ${flags}`);
    }
  }
});

test("every common option is listed, and every variable is beside its option", () => {
  const listed = part("## Options of every command") + part("## The client");
  for (const { flags } of program.options) {
    if (!flags.includes("--version")) assert.ok(listed.includes(`\`${flags}\``), flags);
  }
  for (const { flags, envVar } of [program, ...program.commands].flatMap(({ options }) => options)) {
    if (envVar) assert.ok(listed.includes(`| \`${flags}\` | \`${envVar}\` |`), `${flags} ${envVar}`);
  }
});

test("the data centres are those of the library, in its order", () => {
  const [row = ""] = /^\| `--location .*$/m.exec(part("## The client")) ?? [];
  assert.deepEqual(
    [...row.matchAll(/`([a-z]{2})`/g)].map(([, location]) => location),
    LOCATIONS,
  );
});

test("the table of exit codes is complete and right", () => {
  const rows = [...part("## Exit codes").matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, code, name]) => [
    name,
    Number(code),
  ]);
  assert.deepEqual(Object.fromEntries(rows), EXIT);
});

test("the folders are those of the text", () => {
  const home = "/home/ada";
  const folder = (/** @type {string} */ platform, /** @type {NodeJS.ProcessEnv} */ env = {}) =>
    dataFolder({ platform, home, env });
  assert.equal(folder("linux"), "/home/ada/.local/share/grantkit");
  assert.equal(folder("linux", { XDG_DATA_HOME: "/data" }), "/data/grantkit");
  assert.equal(folder("linux", { XDG_DATA_HOME: "data" }), "/home/ada/.local/share/grantkit");
  assert.equal(folder("darwin"), "/home/ada/Library/Application Support/grantkit");
  assert.equal(folder("win32", { LOCALAPPDATA: "/local" }), "/local/grantkit");
  for (const place of [
    "$XDG_DATA_HOME/grantkit",
    "~/.local/share/grantkit",
    "~/Library/Application Support/grantkit",
    "%LOCALAPPDATA%\\grantkit",
  ]) {
    assert.ok(part("## Files").includes(place), place);
  }
});

test("every command line of the text is valid", () => {
  const lines = sections(DOCS).flatMap(({ commands }) => commands);
  const used = lines.flatMap((line) => [...line.matchAll(/\bgrantkit ([a-z-]+)((?: [^|)>]+)?)/g)]);
  assert.ok(used.length > 12);
  for (const [line, name, rest = ""] of used) {
    const command = program.commands.find((known) => known.name() === name) ?? assert.fail(line);
    const options = [...program.options, ...command.options].flatMap(({ long, short }) => [long, short]);
    for (const [, option] of rest.matchAll(/ (--?[a-z][a-z-]*)/g))
      assert.ok(options.includes(option), `${line}: ${option}`);
  }
});

/** Runs the snippet below a heading, with the fake in place of fetch. @param {import("node:test").TestContext} t @param {string} heading */
async function snippet(t, heading) {
  const fake = await fakeZoho({ clients: [{ ...SELF, location: "eu" }], now: Math.floor(Date.now() / 1000) });
  t.mock.method(globalThis, "fetch", fake.fetch);
  const client = new OAuthClient({ server: zoho({ location: "eu" }), ...SELF });
  const scope = "ZohoCRM.modules.leads.READ";
  const issued = await client.exchangeCode(fake.selfClientCode({ client_id: SELF.client_id, scope }));
  // Within the repository, so that the snippet finds the package by its name.
  const target = fileURLToPath(new URL("../../target/", import.meta.url));
  await mkdir(target, { recursive: true });
  const folder = await mkdtemp(join(target, "cli-"));
  const { ...before } = process.env;
  t.after(async () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    await rm(folder, { recursive: true });
  });
  const code = sections(DOCS).find(({ title }) => title === heading)?.code ?? "";
  const load = async () => {
    await writeFile(join(folder, "snippet.mjs"), code);
    return import(pathToFileURL(join(folder, "snippet.mjs")).href);
  };
  return { issued, folder, load };
}

test("what --print env prints is enough for an application", async (t) => {
  const { issued, load } = await snippet(t, "self-client");
  Object.assign(process.env, {
    ZOHO_LOCATION: "eu",
    ZOHO_CLIENT_ID: SELF.client_id,
    ZOHO_CLIENT_SECRET: SELF.client_secret,
    ZOHO_REFRESH_TOKEN: issued.refresh_token,
    ZOHO_ACCOUNTS_SERVER: issued.accounts_server,
    ZOHO_API_DOMAIN: issued.api_domain,
  });
  const { tokens } = await load();
  assert.notEqual(tokens.access_token, issued.access_token);
  assert.deepEqual([tokens.refresh_token, tokens.api_domain], [issued.refresh_token, "https://www.zohoapis.eu"]);
});

test("an application shares the grant by opening its file", async (t) => {
  const { issued, folder, load } = await snippet(t, "Files");
  Object.assign(process.env, { HOME: folder, ZOHO_CLIENT_ID: SELF.client_id, ZOHO_CLIENT_SECRET: SELF.client_secret });
  const store = fileStore(join(dataFolder({ platform: "linux", home: folder, env: {} }), "grants.json"));
  await store.save("default", { version: 1, tokens: issued, requests: [] }, undefined);
  const { manager } = await load();
  assert.equal(await manager.accessToken(), issued.access_token);
});
