// The script of the bare page. The runner puts the servers in `given` and waits for `outcome`.

import * as grantkit from "grantkit";
import * as testing from "grantkit/testing";
import { run } from "../support/run.mjs";

const { given: served } = /** @type {any} */ (globalThis);
Object.assign(globalThis, { outcome: run({ grantkit, testing, served, show: console.log }) });
