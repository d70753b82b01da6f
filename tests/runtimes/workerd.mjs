import { fileURLToPath } from "node:url";
import { report } from "./support/report.mjs";
import { suiteInWorkerd } from "./support/workerd.mjs";

report("workerd", await suiteInWorkerd(fileURLToPath(new URL("programs/worker.mjs", import.meta.url))));
