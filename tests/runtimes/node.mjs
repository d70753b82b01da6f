import { fileURLToPath } from "node:url";
import { suiteInProcess } from "./support/process.mjs";
import { report } from "./support/report.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
report("Node ESM", await suiteInProcess("node", root, "tests/runtimes/programs/esm.mjs"));
