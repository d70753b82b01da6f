// Runs a bundle of the suite: the bundle reads the servers from `given` and puts the promise of the results in `outcome`.

import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [served = "", file = "", bundle = ""] = process.argv.slice(2);
const shared = /** @type {any} */ (globalThis);
shared.given = JSON.parse(served);
await import(pathToFileURL(bundle).href);
await writeFile(file, JSON.stringify(await shared.outcome));
