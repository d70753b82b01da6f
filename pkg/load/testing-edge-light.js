// @ts-expect-error Next.js's bundlers hand out the compiled module for this query; no other tool knows it.
import module from "../wasm/testing_bg.wasm?module";

export const source = () => module;
