import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { BEFORE, TODAY } from "../contenders/grantkit.mjs";
import { bundled } from "../support/bundled.mjs";
import { installed, PACKAGE, packed } from "../support/installed.mjs";

const KIB = 1024;
const LIBRARIES = ["oauth4webapi", "openid-client", "arctic", "simple-oauth2"];
const VENDOR = ["@zohocrm/nodejs-sdk-8.0@2.0.0", "@zohocrm/typescript-sdk-8.0@3.0.0"];

/** @typedef {{ raw: number, gzip: number, brotli: number }} Size */

/** @param {Uint8Array} bytes @returns {Size} */
function measured(bytes) {
  const gzip = gzipSync(bytes, { level: 9 }).length;
  return { raw: bytes.length, gzip, brotli: brotliCompressSync(bytes).length };
}

/** @param {Size} a @param {Size} b @returns {Size} */
const sum = (a, b) => ({ raw: a.raw + b.raw, gzip: a.gzip + b.gzip, brotli: a.brotli + b.brotli });

/** @param {number} bytes */
function size(bytes) {
  return bytes >= 10 * KIB * KIB ? `${(bytes / KIB / KIB).toFixed(0)} MiB` : `${(bytes / KIB).toFixed(1)} KiB`;
}

/** @param {Size} of */
const sizes = ({ raw, gzip, brotli }) => [raw, gzip, brotli].map(size);

const NONE = ["", "", ""];

/** The size of the tarball, and of an installation of only this package. @param {string} what a folder, or a package with its version */
async function distribution(what) {
  try {
    const tarball = await packed(what);
    const { bytes, packages } = await installed(what);
    return [size(tarball), size(bytes), String(packages)];
  } catch {
    return ["cannot be installed here", "", ""];
  }
}

/** @param {string} name @param {string} folder of the package @param {(what: string) => Promise<string[]>} distributed */
async function linesOf(name, folder, distributed) {
  const module = measured(await readFile(join(folder, "wasm", "grantkit_bg.wasm")));
  const scripts = measured(await bundled(folder));
  return [
    [`${name}: module`, ...sizes(module), ...NONE],
    [`${name}: scripts`, ...sizes(scripts), ...NONE],
    [`${name}: both`, ...sizes(sum(module, scripts)), ...(await distributed(folder))],
  ];
}

/** @type {import("../support/row.mjs").Row} */
export const bytes = {
  name: "bytes",
  isUntimed: true,
  title: "Bytes",
  async run({ isCheck, before }) {
    // An installation needs the registry, and a check runs without a network.
    const distributed = isCheck ? async () => NONE : distribution;
    const lines = await linesOf(TODAY, PACKAGE, distributed);
    if (before) lines.push(...(await linesOf(BEFORE, before.folder, distributed)));
    for (const name of LIBRARIES) {
      const { version } = JSON.parse(
        await readFile(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8"),
      );
      lines.push([name, ...sizes(measured(await bundled(name))), ...(await distributed(`${name}@${version}`))]);
    }
    if (!isCheck) for (const vendor of VENDOR) lines.push([vendor, ...NONE, ...(await distribution(vendor))]);

    const notes = [
      "Minified: everything that the main entry exports, bundled by esbuild. Tarball: packed by npm. Installed: the files that",
      "`npm install` of only this package writes, and the number of packages.",
    ];
    return {
      head: ["", "minified", "gzip", "brotli", "tarball", "installed", "packages"],
      lines,
      aims: [],
      notes: [notes.join("\n")],
    };
  },
};
