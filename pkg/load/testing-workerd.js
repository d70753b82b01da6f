import module from "../wasm/testing_bg.wasm";

export const source = () => module;
