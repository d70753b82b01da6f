// A new grant that cannot be kept: the one before it lives on, and the new one is not lost.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import test from "node:test";
import { machine, PROGRAM } from "./support/grantkit.mjs";
import { interposed, SELF, zoho } from "./support/zoho.mjs";

/** The program on a disk where no file has room for more than some kilobytes. @type {[string, ...string[]]} */
const CRAMPED = ["sh", "-c", 'ulimit -f 16; exec "$0" "$@"', process.execPath, PROGRAM];

/** Leaves no room in a file of grants or of clients. @param {string} path @param {"records" | "clients"} name */
async function fill(path, name) {
  const content = JSON.parse(await readFile(path, "utf8"));
  content[name].large = { version: 1, requests: [], tokens: { access_token: "x".repeat(20_000), token_type: "x" } };
  await writeFile(path, JSON.stringify(content));
}

/** @param {string} file */
async function kept(file) {
  const { default: grant } = JSON.parse(await readFile(file, "utf8")).records;
  const { default: client } = JSON.parse(await readFile(`${file}.clients`, "utf8")).clients;
  return { tokens: grant?.tokens, client };
}

/** A grant, and a disk that is full once the code for another is spent. @param {import("node:test").TestContext} t @param {"records" | "clients"} full */
async function connectedOnce(t, full) {
  const world = await zoho(t);
  const at = await machine(t, world.selfClient);
  await at.run(["self-client", "--code", world.code()]);
  const path = full === "records" ? at.file : `${at.file}.clients`;
  const origin = await interposed(t, `${world.served.accounts.eu}`, () => fill(path, full));
  const again = { program: CRAMPED, env: { GRANTKIT_ACCOUNTS_SERVER: origin } };
  return { ...world, ...at, again };
}

for (const full of /** @type {const} */ (["records", "clients"])) {
  test(`where the ${full} have no room, the grant before and its client stay as they were`, async (t) => {
    const { run, file, code, again } = await connectedOnce(t, full);
    const before = await kept(file);
    assert.equal(before.client.client_secret, SELF.client_secret);
    const { code: exit } = await run(["self-client", "--no-save-secret", "--code", code()], again);
    assert.equal(exit, 24);
    assert.deepEqual(await kept(file), before);
  });
}
