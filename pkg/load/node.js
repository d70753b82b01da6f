import { readFileSync } from "node:fs";

export const source = () => readFileSync(new URL("../wasm/grantkit_bg.wasm", import.meta.url));
