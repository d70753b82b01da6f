const { inspect } = require("node:util");
const grantkit = require("grantkit");
const testing = require("grantkit/testing");
const { collector } = require("./support/collect.mjs");
const { serve } = require("./support/loopback.mjs");
const { report } = require("./support/report.mjs");
const { run } = require("./support/run.mjs");

(async () => {
  const output = collector();
  const loopback = await serve(testing);
  const outcome = await run({ grantkit, testing, inspect, show: output.console.log, served: loopback.served });
  await loopback.close();
  report("CommonJS", outcome, output.text());
})();
