// The tarball in the two runtimes of Next.js. Apart from packaging.mjs, because it installs and builds for long where it
// did not run before.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as testing from "grantkit/testing";
import { serve } from "../runtimes/support/loopback.mjs";
import { check } from "../runtimes/support/report.mjs";
import { files, manifest } from "./support/install.mjs";
import { build, lacksNext, start } from "./support/next.mjs";

test("what depends on the runtime has a file for the Edge runtime", () => {
  const targets = Object.entries(/** @type {Record<string, Record<string, string>>} */ (manifest.imports));
  assert.ok(targets.length > 0);
  for (const [name, { "edge-light": file = "" }] of targets) assert.ok(files.includes(file.replace("./", "")), name);
});

describe("the suite passes on Next.js", { skip: await lacksNext() }, () => {
  /** @type {Awaited<ReturnType<typeof start>>} */
  let server;
  before(async () => {
    await build();
    server = await start();
  });
  after(() => server?.stop());

  for (const runtime of ["node", "edge"]) {
    test(`in its runtime called ${runtime}`, async () => {
      const loopback = await serve(testing);
      try {
        const body = JSON.stringify(loopback.served);
        const response = await fetch(`${server.origin}/${runtime}`, { method: "POST", body });
        const text = await response.text();
        assert.equal(response.status, 200, text);
        check({ outcome: JSON.parse(text), shown: server.shown() });
      } finally {
        await loopback.close();
      }
    });
  }
});
