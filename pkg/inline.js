// The package with the module's bytes inside, for bundlers that emit no assets (plain esbuild, rollup). Not for Workers,
// which do not compile bytes: there, import "grantkit".

import { bytes } from "./wasm/inline.js";
import { provide } from "./wasm.js";

provide(() => Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0)));

export * from "./index.js";
