// What a release publishes, made in a copy of the repository.

import assert from "node:assert/strict";
import { access, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { command } from "../runtimes/support/command.mjs";
import { targets } from "../support/markdown.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const copy = await mkdtemp(join(tmpdir(), "grantkit-release-test-"));
after(() => rm(copy, { recursive: true }));
const TEXTS = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];
for (const name of [
  "pkg/package.json",
  "target/package",
  "xtask/release.mjs",
  "Cargo.toml",
  "Cargo.lock",
  "package-lock.json",
  ...TEXTS,
]) {
  await cp(join(ROOT, name), join(copy, name), { recursive: true });
}
// The build copies them; a release takes those of the root.
for (const name of TEXTS) await writeFile(join(copy, "target/package", name), "stale\n");

const REPOSITORY = "https://forge.example/owner/grantkit";
const { version } = JSON.parse(await readFile(join(copy, "pkg/package.json"), "utf8"));
const release = (/** @type {string[]} */ ...args) => command(process.execPath, ["xtask/release.mjs", ...args], copy);

/** @param {string} changelog */
const withChangelog = (changelog) => writeFile(join(copy, "CHANGELOG.md"), changelog);
const entries = "### Added\n\n- What is new.\n";
const dated = `# Changelog\n\n## [Unreleased]\n\n## [${version}] - 2026-12-01\n\n${entries}\n## [0.0.1] - 2026-01-01\n\n### Fixed\n\n- What was wrong.\n`;

test("the tarball is the package, and names the repository; the notes are the changelog's", async () => {
  await withChangelog(dated);
  await release(`v${version}`, REPOSITORY, "out");
  await command("npm", ["install", "--prefix", "installed", "--offline", "--no-audit", "./out/grantkit.tgz"], copy);
  const { repository, ...rest } = JSON.parse(
    await readFile(join(copy, "installed/node_modules/grantkit/package.json"), "utf8"),
  );
  assert.deepEqual(repository, { type: "git", url: `git+${REPOSITORY}.git`, directory: "pkg" });
  assert.deepEqual(rest, JSON.parse(await readFile(join(ROOT, "pkg/package.json"), "utf8")));
  const readme = await readFile(join(copy, "installed/node_modules/grantkit/README.md"), "utf8");
  const links = targets(readme);
  assert.ok(links.includes(`${REPOSITORY}/blob/v${version}/docs/zoho.md`));
  for (const link of links) assert.match(link, /^(https:|#)/);
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    const text = await readFile(join(copy, "installed/node_modules/grantkit", name), "utf8");
    assert.equal(text, await readFile(join(ROOT, name), "utf8"));
  }
  const packed = await command("npm", ["pack", "./out/grantkit.tgz", "--dry-run", "--json"], copy);
  const listed = (await readFile(join(ROOT, "tests/packaging/tarball.txt"), "utf8")).trim().split("\n");
  const files = JSON.parse(packed.stdout)[0].files.map((/** @type {{ path: string }} */ { path }) => path);
  assert.deepEqual(files.sort(), listed.sort());
  assert.equal(await readFile(join(copy, "out/notes.md"), "utf8"), entries);
});

test("a tag that is not the version is refused", async () => {
  await withChangelog(dated);
  await assert.rejects(release("v9.9.9", REPOSITORY, "refused"), /the tag is v9\.9\.9, but pkg\/package\.json says/);
});

test("a version that only one manifest has is refused", async () => {
  await withChangelog(dated);
  const manifest = await readFile(join(copy, "Cargo.toml"), "utf8");
  await writeFile(join(copy, "Cargo.toml"), manifest.replace(`version = "${version}"`, 'version = "9.9.9"'));
  await assert.rejects(release(`v${version}`, REPOSITORY, "refused"), /but Cargo\.toml says 9\.9\.9/);
  await writeFile(join(copy, "Cargo.toml"), manifest);
});

test("a version without a dated section in the changelog is refused", async () => {
  for (const changelog of [
    dated.replace(`[${version}]`, "[9.9.9]"),
    dated.replace(" - 2026-12-01", ""),
    dated.replace(entries, ""),
  ]) {
    await withChangelog(changelog);
    await assert.rejects(release(`v${version}`, REPOSITORY, "refused"), /CHANGELOG\.md has no section "## \[/);
  }
});

test("a command with a missing argument prints its usage", async () => {
  await assert.rejects(release(`v${version}`, "not a URL", "refused"), /usage: node xtask\/release\.mjs <tag> <URL/);
});

test("another compiler is refused before anything is built, and the error names how to get the right one", async () => {
  const compiler = join(copy, "rustc");
  await writeFile(compiler, '#!/bin/sh\necho "rustc 1.96.0 (0a1b2c3d4 2026-05-28)"\n', { mode: 0o755 });
  const xtask = join(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "debug/xtask");
  const refused = command(xtask, ["release", `v${version}`, REPOSITORY, join(copy, "refused")], copy, {
    RUSTC: compiler,
  });
  await assert.rejects(
    refused,
    /release: this is rustc 1\.96\.0 .*: run `rustup toolchain install [\d.]+ --profile minimal .*`, and then `cargo \+/,
  );
  await assert.rejects(access(join(copy, "refused")), { code: "ENOENT" });
});
