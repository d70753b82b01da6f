// What the bare page runs. The runner leaves the servers in `given` and waits for `outcome`.

import * as grantkit from "grantkit";
import * as testing from "grantkit/testing";
import { run } from "../support/run.mjs";

const { given: served } = /** @type {any} */ (globalThis);
Object.assign(globalThis, { outcome: run({ grantkit, testing, served, show: console.log }) });
