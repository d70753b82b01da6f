// Writes pkg/wasm/THIRD-PARTY.txt: what is compiled into the WebAssembly modules, with its licences. Cargo says which crates
// these are. Those of Rust's standard library are in the copyright notices that the compiler brings.

import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chosen, isText, RULE, textIn } from "./licence.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "pkg/wasm/THIRD-PARTY.txt");
const TARGET = "wasm32-unknown-unknown";

/** @param {string} program @param {string[]} args */
const run = (program, ...args) =>
  execFileSync(program, args, { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 26 }).trim();
const cargo = (/** @type {string[]} */ ...args) => run(process.env.CARGO ?? "cargo", ...args);

/** The crates in a module, as "name version". Macros and build scripts run on the machine that builds. @param {string[]} options */
function crates(...options) {
  const form = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"];
  const tree = cargo("tree", "--locked", "--package", "grantkit", "--target", TARGET, ...form, ...options);
  const names = [...tree.matchAll(/^(\S+) v([^ \n]+)/gm)].map(([, name, version]) => `${name} ${version}`);
  return [...new Set(names)].filter((name) => !name.startsWith("grantkit ")).sort();
}

/** The text of the MIT licence, without a copyright. */
const [, PERMISSION = ""] = /^(Permission is .*)$/ms.exec(await readFile(join(ROOT, "LICENSE-MIT"), "utf8")) ?? [];

/** @typedef {{ name: string, version: string, license: string | null, authors: string[], manifest_path: string }} Crate */

/** @param {Crate} crate @param {string} note */
async function notice({ name, version, license, authors, manifest_path }, note) {
  const texts = [];
  for (const licence of chosen(name, license ?? "none")) {
    const text = await textIn(dirname(manifest_path), licence);
    // Some crates name the MIT licence and do not bring its text.
    const known = licence === "MIT" && authors.length > 0 ? `Copyright (c) ${authors.join(", ")}\n\n${PERMISSION}` : "";
    if (!text && !known)
      throw new Error(`${name} does not bring the text of its licence ${licence}: use another crate`);
    texts.push((text ?? known).trim());
  }
  return `${name} ${version} (${license})${note}\n\n${texts.join("\n\n")}`;
}

/** @param {string} html */
const plain = (html) =>
  html
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .trim();

/** @param {string} html @param {RegExp} pattern */
const all = (html, pattern) => [...html.matchAll(pattern)].map(([, found = ""]) => plain(found));
const FIELD = { license: /<b>License:<\/b>(.*?)<\/p>/gs, copyright: /<b>Copyright:<\/b>(.*?)<\/p>/gs };

/** Rust's standard library, and the crates in it. */
async function standardLibrary() {
  const rustc = process.env.RUSTC ?? "rustc";
  const texts = join(run(rustc, "--print", "sysroot"), "share/doc/rust");
  const page = await readFile(join(texts, "COPYRIGHT-library.html"), "utf8").catch(() => {
    throw new Error(
      "this Rust does not bring the copyright notices of its standard library (share/doc/rust/COPYRIGHT-library.html): install it with rustup",
    );
  });
  const [own = "", ...others] = page.split(/<h3>📦 /);
  const licences = [
    ...new Set(all(own, FIELD.license).flatMap((license) => chosen("Rust's standard library", license))),
  ];
  /** Without the line that has no name in it. @param {string} licence */
  const read = async (licence) =>
    (await readFile(join(texts, "licenses", `${licence}.txt`), "utf8")).replace(/^Copyright \(c\) <.*\n\n/m, "");
  const copyrights = [...new Set(all(own, FIELD.copyright))].map((holder) => `Copyright (c) ${holder}`);
  const [, version = ""] = run(rustc, "--version").split(" ");
  const parts = [copyrights.join("\n"), ...(await Promise.all(licences.map(read)))].map((text) => text.trim());
  const notices = [`Rust's standard library ${version} (${licences.join(" AND ")})\n\n${parts.join("\n\n")}`];

  const built = await readdir(run(rustc, "--print", "target-libdir", "--target", TARGET));
  for (const other of others) {
    const [, name = "", release = ""] = /^(\S+?)-(\d\S*)<\/h3>/.exec(other) ?? [];
    if (!built.some((file) => file.startsWith(`lib${name.replaceAll("-", "_")}-`))) continue;
    const [license = ""] = all(other, FIELD.license);
    const found = all(other, /<pre>(.*?)<\/pre>/gs);
    const wanted = chosen(name, license).map((licence) => {
      const text = found.find((candidate) => isText(licence, candidate));
      if (!text)
        throw new Error(`Rust does not bring the text of the licence ${licence} of ${name}: adapt xtask/notices.mjs`);
      return text;
    });
    notices.push(`${name} ${release} (${license}), in Rust's standard library\n\n${wanted.join("\n\n")}`);
  }
  return notices;
}

const core = crates();
const both = crates("--features", "testing");
/** @type {{ packages: Crate[] }} */
const { packages } = JSON.parse(cargo("metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET));
const notices = await Promise.all(
  both.map((compiled) => {
    const crate = packages.find(({ name, version }) => compiled === `${name} ${version}`);
    if (!crate) throw new Error(`cargo metadata does not know ${compiled}: adapt xtask/notices.mjs`);
    return notice(crate, core.includes(compiled) ? "" : ", in testing_bg.wasm only");
  }),
);
const about = `What is compiled into grantkit_bg.wasm and testing_bg.wasm, beside grantkit. The scripts that call them have parts that
wasm-bindgen generates. No other script of this package has code of others, except for those in cli/.`;
await writeFile(OUT, `${[about, ...notices, ...(await standardLibrary())].join(RULE)}\n`);
