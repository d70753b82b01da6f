// Completes package-lock.json after `npm install`: some registries do not carry the builds of a tool for other platforms,
// npm then omits them, and `npm ci` refuses the lockfile (npm/cli#9342). What is missing is added by name and
// version; npm itself adds the hash where the registry has the package. Another lockfile is done where its path is given.
import { readFileSync, writeFileSync } from "node:fs";

const OPERATING_SYSTEMS = "aix android darwin freebsd linux netbsd openbsd openharmony sunos win32".split(" ");
const PROCESSORS = "arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x x64".split(" ");
/** @type {Record<string, string>} */
const LIBRARIES = { gnu: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl" };

const file = process.argv[2] ?? new URL("../package-lock.json", import.meta.url);
/** @type {{ packages: Record<string, { dev?: boolean, optionalDependencies?: Record<string, string> }> }} */
const lock = JSON.parse(readFileSync(file, "utf8"));

/**
 * Whether node, asked for `name` by the package at `path`, would find an entry.
 *
 * @param {string} path
 * @param {string} name
 */
function isInstalledFor(path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (lock.packages[folder ? `${folder}/node_modules/${name}` : `node_modules/${name}`]) return true;
    if (!folder) return false;
  }
}

/** @param {string} name */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const of = (/** @type {string[]} */ list) => words.filter((word) => list.includes(word));
  const libc = of(Object.keys(LIBRARIES)).map((word) => LIBRARIES[word]);
  return { os: of(OPERATING_SYSTEMS), cpu: of(PROCESSORS), ...(libc.length > 0 && { libc }) };
}

const added = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isInstalledFor(path, name)) continue;
    const { os, cpu, libc } = platformOf(name);
    if (!/^\d/.test(version) || os.length !== 1 || cpu.length !== 1) {
      throw new Error(`${path} wants ${name}@${version}, and its platform cannot be read off that`);
    }
    const missing = { version, cpu, ...(entry.dev && { dev: true }), ...(libc && { libc }), optional: true, os };
    lock.packages[`node_modules/${name}`] = missing;
    added.push(`${name}@${version}`);
  }
}
if (added.length > 0) {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(added.length > 0 ? `added ${added.join(", ")}` : "complete");
