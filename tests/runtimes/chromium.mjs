import { fileURLToPath } from "node:url";
import { suiteOnBarePage } from "./support/pages.mjs";
import { report } from "./support/report.mjs";

report("Chromium", await suiteOnBarePage(fileURLToPath(new URL("../../", import.meta.url))));
