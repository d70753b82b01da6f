import { fileURLToPath } from "node:url";
import { inProcess } from "./support/process.mjs";
import { report } from "./support/report.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
report("Node, grantkit/inline", await inProcess("node", root, "tests/runtimes/programs/inline.mjs"));
