// The tarball, packed once and installed once for all tests of it: in a folder outside the repository, with the suite and
// the consumers where they stand to each other as in the repository.

import { rmSync } from "node:fs";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { command } from "../../runtimes/support/command.mjs";

const TESTS = fileURLToPath(new URL("../../", import.meta.url));
// A release tests the tarball that it then publishes.
const PACKAGE = process.env.GRANTKIT_TARBALL ?? fileURLToPath(new URL("../../../target/package/", import.meta.url));

/** Where `node_modules/grantkit` and `tests` are. */
export const folder = await mkdtemp(join(tmpdir(), "grantkit-installed-"));
// Not a hook of node:test: between two files of tests it may take the tests for done.
process.once("exit", () => rmSync(folder, { recursive: true }));

const packed = await command("npm", ["pack", resolve(PACKAGE), "--json", "--pack-destination", folder], ".");
const [{ filename, files: list }] = /** @type {[{ filename: string, files: { path: string }[] }]} */ (
  JSON.parse(packed.stdout)
);

export const tarball = join(folder, filename);
/** The names of the files in the tarball. */
export const files = list.map(({ path }) => path).sort();

await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
await command("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], folder);
for (const name of ["scenario.mjs", "scenario", "runtimes", "types", "packaging/consumers", "packaging/next"]) {
  await cp(join(TESTS, name), join(folder, "tests", name), { recursive: true });
}

export const manifest = JSON.parse(await readFile(join(folder, "node_modules/grantkit/package.json"), "utf8"));

/** Programs that use the package. */
export const consumers = join(folder, "tests/packaging/consumers");
