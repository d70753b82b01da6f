import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as testing from "grantkit/testing";
import { inChromium } from "./support/chromium.mjs";
import { files, POLICY, passOn } from "./support/files.mjs";
import { barePage } from "./support/importmap.mjs";
import { serve } from "./support/loopback.mjs";
import { report } from "./support/report.mjs";

const manifest = fileURLToPath(import.meta.resolve("grantkit/package.json"));
const folders = { "/grantkit/": dirname(manifest), "/tests/": fileURLToPath(new URL("../", import.meta.url)) };
const page = barePage(JSON.parse(await readFile(manifest, "utf8")), "/grantkit/", "/tests/runtimes/support/page.mjs");
const policy = POLICY.replace("'self'", `'self' ${page.hash}`);

const loopback = await serve(testing, [
  async ({ url }, response) => {
    if (url !== "/") return false;
    response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy }).end(page.html);
    return true;
  },
  files(folders, policy),
  passOn(() => loopback.served),
]);
const { hostile: origin, codes } = loopback.served;
const { outcome, shown } = await inChromium(`${origin}/`, {
  ...loopback.served,
  accounts: { us: origin },
  api: { us: origin },
  codes: { us: codes.us },
});
await loopback.close();
report("Chromium", outcome, shown);
