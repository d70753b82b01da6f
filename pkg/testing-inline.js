// grantkit/testing with the module's bytes inside, for bundlers that emit no assets. Not for Workers, which do not compile
// bytes: there, import "grantkit/testing".

import { provide } from "./fake-zoho.js";
import { bytes } from "./wasm/testing-inline.js";

provide(() => Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0)));

export * from "./testing.js";
