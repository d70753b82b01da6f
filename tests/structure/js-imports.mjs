// Which files of JavaScript import which, as esbuild reads them: static imports, dynamic ones and re-exports. Types that
// comments import are not read.

import { posix } from "node:path";
import { build } from "esbuild";

/** Before a path, so that esbuild does not look for it on the disk. */
const ENTRY = "entry:";

/**
 * Each file with what it imports: a path from the root for a file, and the specifier for everything else.
 *
 * @param {Map<string, string>} sources a path, and the text of the file
 * @param {(specifier: string) => string | undefined} [named] the file behind a name
 * @returns {Promise<Map<string, Set<string>>>}
 */
export async function jsImports(sources, named = () => undefined) {
  /** @type {import("esbuild").Plugin} */
  const files = {
    name: "files",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path, kind }) =>
        kind === "entry-point" ? { path: path.slice(ENTRY.length), namespace: "source" } : { path, external: true },
      );
      onLoad({ filter: /.*/, namespace: "source" }, ({ path }) => ({
        contents: sources.get(path) ?? "",
        loader: "js",
      }));
    },
  };
  const { metafile } = await build({
    entryPoints: [...sources.keys()].map((file) => `${ENTRY}${file}`),
    bundle: true,
    write: false,
    outdir: "out",
    format: "esm",
    target: "esnext",
    metafile: true,
    plugins: [files],
    logLevel: "error",
  });
  return new Map(
    [...sources.keys()].map((file) => {
      const imports = metafile.inputs[`source:${file}`]?.imports ?? [];
      const targets = imports.map(({ path }) =>
        path.startsWith(".") ? posix.join(posix.dirname(file), path) : (named(path) ?? path),
      );
      return [file, new Set(targets.filter((target) => target !== file))];
    }),
  );
}
