import { inspect } from "node:util";
import * as grantkit from "grantkit/inline";
import * as testing from "grantkit/testing";
import { collector } from "./support/collect.mjs";
import { serve } from "./support/loopback.mjs";
import { report } from "./support/report.mjs";
import { run } from "./support/run.mjs";

const output = collector();
const loopback = await serve(testing);
const outcome = await run({ grantkit, testing, inspect, show: output.console.log, served: loopback.served });
await loopback.close();
report("Node, grantkit/inline", outcome, output.text());
