// Makes what a release publishes: `node xtask/release.mjs <tag> <URL of the repository> <folder>` writes the tarball and the
// notes to the folder when the tag, the versions and the changelog agree. npm signs the provenance of a package only when
// its package.json names the repository, so the tarball names it, and the links of its README lead to the files of the tag.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const read = (/** @type {string} */ path) => readFileSync(join(ROOT, path), "utf8");

/** @param {string} message @returns {never} */
function refuse(message) {
  console.error(`release: ${message}`);
  process.exit(1);
}

/**
 * The section of a version in the changelog, without its heading.
 *
 * @param {string} version
 */
function notesOf(version) {
  const sections = read("CHANGELOG.md").split(/^## /m);
  const section = sections.find((text) => text.startsWith(`[${version}]`)) ?? "";
  const [heading = "", ...lines] = section.split("\n");
  const notes = lines.join("\n").trim();
  if (!/^\[[^\]]+\] - \d{4}-\d\d-\d\d$/.test(heading) || !notes) {
    refuse(
      `CHANGELOG.md has no section "## [${version}] - <year>-<month>-<day>" with entries: rename the section Unreleased`,
    );
  }
  return `${notes}\n`;
}

const [tag = "", repository = "", out = ""] = process.argv.slice(2);
if (!tag || !/^https:\/\//.test(repository) || !out) {
  refuse("usage: node xtask/release.mjs <tag> <URL of the repository> <folder>");
}
const manifest = JSON.parse(read("pkg/package.json"));
const versions = {
  "pkg/package.json": manifest.version,
  "Cargo.toml": /^version = "(.+)"$/m.exec(read("Cargo.toml"))?.[1],
  "Cargo.lock": /^name = "grantkit"\nversion = "(.+)"$/m.exec(read("Cargo.lock"))?.[1],
  "package-lock.json": JSON.parse(read("package-lock.json")).packages.pkg.version,
};
for (const [file, version] of Object.entries(versions)) {
  if (tag !== `v${version}`) refuse(`the tag is ${tag}, but ${file} says ${version}: set both to one version`);
}
const notes = notesOf(manifest.version);

/** The same text, with links that work outside the repository. @param {string} markdown */
function linked(markdown) {
  return markdown.replaceAll(/\]\((?!\w+:|#)([^)]+)\)/g, (_, path) => `](${repository}/blob/${tag}/${path})`);
}

const copy = mkdtempSync(join(tmpdir(), "grantkit-release-"));
try {
  cpSync(join(ROOT, "target/package"), copy, { recursive: true });
  const named = { ...manifest, repository: { type: "git", url: `git+${repository}.git`, directory: "pkg" } };
  writeFileSync(join(copy, "package.json"), `${JSON.stringify(named, null, 2)}\n`);
  writeFileSync(join(copy, "README.md"), linked(read("README.md")));
  for (const name of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(join(ROOT, name), join(copy, name));
  const [packed] = JSON.parse(execFileSync("npm", ["pack", "--json"], { cwd: copy, encoding: "utf8" }));
  mkdirSync(resolve(out), { recursive: true });
  copyFileSync(join(copy, packed.filename), join(resolve(out), "grantkit.tgz"));
  writeFileSync(join(resolve(out), "notes.md"), notes);
  console.log(`${packed.id}, ${packed.files.length} files, ${packed.integrity}`);
} finally {
  rmSync(copy, { recursive: true });
}
