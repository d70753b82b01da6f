// The package is built in a second folder, and has the same bytes. It takes minutes: `npm run test:full` runs it, and
// so does a release, on a second machine.

import assert from "node:assert/strict";
import { access, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { command } from "../../runtimes/support/command.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FOLDERS = ["pkg/wasm", "pkg/rows", "pkg/cli", "target/package"];

/** The files of the folders, with what is in them. @param {string} root */
async function built(root) {
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  for (const folder of FOLDERS) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((found) => found.isFile())) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      files.set(path.slice(join(root, "/").length), await readFile(path));
    }
  }
  return files;
}

/** Copies what is in git, also if it is not committed, and the installed tools if links to them can be made. @param {string} to */
async function copyTo(to) {
  const { stdout } = await command("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT);
  for (const name of stdout.split("\0").filter(Boolean)) {
    await mkdir(dirname(join(to, name)), { recursive: true });
    // A file that was deleted and is still in git.
    await cp(join(ROOT, name), join(to, name)).catch((error) => assert.equal(error.code, "ENOENT"));
  }
  // Without them the build installs them.
  const tools = join(to, "node_modules");
  await command("cp", ["-al", join(ROOT, "node_modules"), tools], ROOT).catch(() => rm(tools, { recursive: true }));
}

/** A home of cargo at another path, with the crates of the first. @param {string} at */
async function cargoHome(at) {
  const home = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  await mkdir(at, { recursive: true });
  for (const name of await readdir(home)) await symlink(join(home, name), join(at, name));
  return at;
}

/** What npm packs. @param {string} root @param {string} to */
async function tarball(root, to) {
  await mkdir(to);
  const { stdout } = await command("npm", ["pack", "--json", "--pack-destination", to], join(root, "target/package"));
  return readFile(join(to, JSON.parse(stdout)[0].filename));
}

test("a second folder and a second home of cargo give the same modules, scripts and tarball", async (t) => {
  const top = await mkdtemp(join(tmpdir(), "grantkit-again-"));
  t.after(() => rm(top, { recursive: true }));
  const second = join(top, "a folder with a longer path, and with blanks");
  await copyTo(second);
  const environment = { CARGO_HOME: await cargoHome(join(top, "home")), CARGO_TARGET_DIR: join(second, "target") };
  await command("cargo", ["run", "--quiet", "--locked", "--package", "xtask", "--", "build"], second, environment);

  const [here, there] = await Promise.all([built(ROOT), built(second)]);
  assert.ok(here.has("pkg/wasm/grantkit_bg.wasm") && here.has("target/package/core.js"));
  assert.deepEqual([...there.keys()].sort(), [...here.keys()].sort());
  const different = [...here].filter(([name, bytes]) => !there.get(name)?.equals(bytes)).map(([name]) => name);
  assert.deepEqual(different, []);
  await access(join(second, "target/wasm32-unknown-unknown/release/grantkit.wasm"));
  const first = await tarball(ROOT, join(top, "first"));
  assert.ok(first.equals(await tarball(second, join(top, "second"))));
});
