import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import esbuild from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";

/**
 * Each bundler with no more configuration than it takes to name what goes in and where it comes out.
 *
 * @type {Record<string, (folder: string, entry: string) => Promise<unknown>>}
 */
export const bundlers = {
  vite: (folder) => vite({ root: folder, logLevel: "warn" }),

  async webpack(folder, entry) {
    const path = join(folder, "dist");
    const compiler = webpack({ mode: "production", context: folder, entry: `./${entry}`, output: { path } });
    /** @type {webpack.Stats | undefined} */
    const stats = await new Promise((resolve, reject) => {
      compiler?.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    await new Promise((resolve) => compiler?.close(resolve));
    if (stats?.hasErrors() || stats?.hasWarnings()) throw new Error(stats.toString());
    await copyFile(join(folder, "index.html"), join(path, "index.html"));
  },

  async esbuild(folder, entry) {
    const { warnings } = await esbuild.build({
      absWorkingDir: folder,
      entryPoints: [entry],
      outfile: "dist/main.js",
      bundle: true,
      format: "esm",
    });
    if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
    await copyFile(join(folder, "index.html"), join(folder, "dist", "index.html"));
  },

  async rollup(folder, entry) {
    const bundle = await rollup({
      input: join(folder, entry),
      plugins: [nodeResolve({ browser: true })],
      onwarn({ message }) {
        throw new Error(message);
      },
    });
    await bundle.write({ file: join(folder, "dist", "main.js"), format: "es" });
    await bundle.close();
    await copyFile(join(folder, "index.html"), join(folder, "dist", "index.html"));
  },
};
