// @ts-expect-error Next.js's bundlers hand out the compiled module for this query; no other tool knows it.
import module from "../wasm/grantkit_bg.wasm?module";

// It is of another realm, where `instanceof` does not know it for a module.
export const source = () => Object.setPrototypeOf(module, WebAssembly.Module.prototype);
