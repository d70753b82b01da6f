import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL("..", import.meta.url));

/** Everything that a package's main entry exports, in one minified script. @param {string} name or its folder @returns {Promise<Uint8Array>} */
export async function bundled(name) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(name)};`, resolveDir: here },
    outdir: here,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    conditions: ["workerd"],
    loader: { ".wasm": "copy" },
    write: false,
    logLevel: "error",
  });
  const script = outputFiles.find(({ path }) => path.endsWith(".js"));
  if (!script) throw new Error(`esbuild wrote no script for ${name}`);
  return script.contents;
}
