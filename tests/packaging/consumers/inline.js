// For bundlers that emit no assets. The fake Zoho has no form without one, so it stays outside of the bundle.

import * as grantkit from "grantkit/inline";
import * as testing from "grantkit/testing";
import { run } from "../../runtimes/support/run.mjs";

const { given: served } = /** @type {any} */ (globalThis);
Object.assign(globalThis, { outcome: run({ grantkit, testing, served, show: console.log }) });
