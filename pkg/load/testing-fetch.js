export const source = () => new URL("../wasm/testing_bg.wasm", import.meta.url);
