import type { TokenStore } from "./index.js";
export function fileStore(path: string): TokenStore;
