// node cold/node.mjs grantkit|module|oauth4webapi [URL of grantkit's main entry]
// One cold start in a process of its own: prints the milliseconds and the URL that it made.

import { readFileSync } from "node:fs";
import { ISSUER } from "../fixture.mjs";

const [, , which = "", index = ""] = process.argv;

/** Compiles and instantiates the module, with imports that do nothing. */
function instantiate() {
  const bytes = readFileSync(new URL("wasm/grantkit_bg.wasm", index));
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

async function grantkit() {
  const { grantkit } = await import("../contenders/grantkit.mjs");
  return grantkit(await import(index));
}

async function oauth4webapi() {
  const { oauth4webapi } = await import("../contenders/oauth4webapi.mjs");
  return oauth4webapi;
}

/** Imports a library and has it make its first authorization request. @param {() => Promise<import("../contenders/contender.mjs").Make>} load */
async function start(load) {
  const began = performance.now();
  const make = await load();
  const started = await make({ origin: ISSUER }).authorize?.();
  return { spent: performance.now() - began, made: started?.url };
}

const result = which === "module" ? instantiate() : await start(which === "grantkit" ? grantkit : oauth4webapi);
console.log(JSON.stringify(result));
