// One cold start in a process of its own: prints the milliseconds and the URL that it made.

import { readFileSync } from "node:fs";
import { ISSUER } from "../world.mjs";

/** Compiles and instantiates the module, with imports that do nothing. */
function instantiate() {
  const bytes = readFileSync(new URL("wasm/grantkit_bg.wasm", import.meta.resolve("grantkit")));
  const began = performance.now();
  const module = new WebAssembly.Module(bytes);
  /** @type {Record<string, Record<string, () => void>>} */
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { ...imports[from], [name]: () => {} };
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  return { spent: performance.now() - began, made: Object.keys(exports).length };
}

/** Imports a library and has it make its first authorization request. @param {string} which */
async function start(which) {
  const began = performance.now();
  const { [which]: make } = await import(`../contenders/${which}.mjs`);
  const { authorize } = make({ origin: ISSUER });
  const { url: made } = await authorize();
  return { spent: performance.now() - began, made };
}

const [, , which = ""] = process.argv;
console.log(JSON.stringify(which === "module" ? instantiate() : await start(which)));
