import module from "../wasm/grantkit_bg.wasm";

export const source = () => module;
