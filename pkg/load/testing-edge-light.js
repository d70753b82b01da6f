// @ts-expect-error Only the bundlers of Next.js resolve this query, to the compiled module.
import module from "../wasm/testing_bg.wasm?module";

export const source = () => module;
