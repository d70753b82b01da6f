export const source = () => new URL("../wasm/grantkit_bg.wasm", import.meta.url);
