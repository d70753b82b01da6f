import { fileURLToPath } from "node:url";
import * as testing from "grantkit/testing";
import { serve } from "./support/loopback.mjs";
import { report } from "./support/report.mjs";
import { inWorkerd } from "./support/workerd.mjs";

const loopback = await serve(testing);
const worker = fileURLToPath(new URL("support/worker.mjs", import.meta.url));
const { answer, shown } = await inWorkerd(worker, loopback.served);
await loopback.close();
report("workerd", answer, shown());
