import { readFileSync } from "node:fs";

export const source = () => readFileSync(new URL("../wasm/testing_bg.wasm", import.meta.url));
