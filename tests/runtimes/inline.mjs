import { fileURLToPath } from "node:url";
import { suiteInProcess } from "./support/process.mjs";
import { report } from "./support/report.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
report("Node, grantkit/inline", await suiteInProcess("node", root, "tests/runtimes/programs/inline.mjs"));
