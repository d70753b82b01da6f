import { fileURLToPath } from "node:url";
import { inProcess } from "./support/process.mjs";
import { report } from "./support/report.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
report("Deno", await inProcess("deno", root, "tests/runtimes/programs/esm.mjs"));
