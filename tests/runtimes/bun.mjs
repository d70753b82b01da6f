import { fileURLToPath } from "node:url";
import { inProcess } from "./support/process.mjs";
import { report } from "./support/report.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
report("Bun", await inProcess("bun", root, "tests/runtimes/programs/esm.mjs"));
