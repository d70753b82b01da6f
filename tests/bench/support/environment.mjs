import { createRequire } from "node:module";
import { cpus, loadavg, totalmem } from "node:os";

const require = createRequire(import.meta.url);

/** @param {string} path */
const versionIn = (path) => /** @type {{ version: string }} */ (require(path)).version;

/** The mean number of runnable threads in the last minute; the benchmark has one or two. */
export const load = () => (loadavg()[0] ?? 0).toFixed(1);

/** The versions and the machine that the numbers depend on. @param {number} seed */
export function environment(seed) {
  const [processor] = cpus();
  const { dependencies } = require("../package.json");
  const peers = Object.keys(dependencies).map((name) => [
    name,
    versionIn(new URL(`../node_modules/${name}/package.json`, import.meta.url).pathname),
  ]);
  return [
    ["date", new Date().toISOString().slice(0, 10)],
    ["grantkit", versionIn("grantkit/package.json")],
    ...peers,
    ["Node", process.versions.node],
    ["workerd", versionIn("workerd/package.json")],
    ["processor", `${processor?.model.trim()}, ${cpus().length} cores`],
    ["memory", `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ["system", `${process.platform} ${process.arch}`],
    ["seed of the order", String(seed)],
    ["load at the start", load()],
  ];
}
