import { fileURLToPath } from "node:url";
import { inProcess } from "./support/process.mjs";
import { report } from "./support/report.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
report("Node ESM", await inProcess("node", root, "tests/runtimes/programs/esm.mjs"));
