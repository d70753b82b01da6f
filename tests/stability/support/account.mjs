// For `node --import` into the command line: a fixed clock, fixed randomness, and fixed responses in place of Zoho's. What
// was sent is in the file GRANTKIT_TEST_SENT when the program has ended.

import { writeFileSync } from "node:fs";
import { holdStill } from "./fixed.mjs";
import { zohoServer } from "./zoho.mjs";

holdStill();
const { GRANTKIT_TEST_PREFIX, GRANTKIT_TEST_SENT } = process.env;
const { fetch, sent } = zohoServer(GRANTKIT_TEST_PREFIX);
globalThis.fetch = /** @type {any} */ (fetch);
process.on("exit", () => {
  if (GRANTKIT_TEST_SENT) writeFileSync(GRANTKIT_TEST_SENT, JSON.stringify(sent));
});
