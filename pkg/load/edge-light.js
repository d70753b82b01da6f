// @ts-expect-error Only the bundlers of Next.js resolve this query, to the compiled module.
import module from "../wasm/grantkit_bg.wasm?module";

// The module is of another realm, so `instanceof` needs the prototype of this one.
export const source = () => Object.setPrototypeOf(module, WebAssembly.Module.prototype);
