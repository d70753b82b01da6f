// The exported declarations of each entry of the package, without comments and in the order of their names.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

// The workspace's own TypeScript has no API in JavaScript; that of the API reference does.
const require = createRequire(new URL("../../../docs/package.json", import.meta.url));
/** @typedef {import("../../../docs/node_modules/typescript/lib/typescript.js").Node} Node */
/** @typedef {import("../../../docs/node_modules/typescript/lib/typescript.js").Symbol} Symbol */

/** @type {typeof import("../../../docs/node_modules/typescript/lib/typescript.js")} */
const ts = require("typescript");

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PACKAGE = `${ROOT}pkg/`;

/** The declaration files that package.json names. */
export function declarationFiles() {
  /** @type {Record<string, { types?: string }>} */
  const entries = JSON.parse(readFileSync(`${PACKAGE}package.json`, "utf8")).exports;
  return Object.values(entries).flatMap(({ types }) => (types ? types.replace("./", "") : []));
}

/** What each of them declares. @returns {Map<string, string>} by the name of the file */
export function declarations() {
  const names = declarationFiles();
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const roots = names.map((name) => PACKAGE + name);
  const program = ts.createProgram(roots, { ...options, allowJs: false, checkJs: false, types: [] });
  const checker = program.getTypeChecker();
  const printer = ts.createPrinter({ removeComments: true });

  /** @param {string} name */
  const textOf = (name) => {
    const file = program.getSourceFile(PACKAGE + name);
    const module = file && checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${name} is no module`);
    const print = (/** @type {Node} */ node) => printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
    const imports = file.statements.filter(ts.isImportDeclaration).map(print);
    const own = checker
      .getExportsOfModule(module)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((symbol) => {
        const nodes = symbol.declarations ?? [];
        const isHere = nodes.every((node) => node.getSourceFile() === file);
        if (isHere) return nodes.map((node) => print(ts.isVariableDeclaration(node) ? node.parent.parent : node));
        const [from = ""] = nodes.map((node) => node.getSourceFile().fileName);
        return `export { ${symbol.name} } from "./${from.replace(PACKAGE, "").replace(".d.ts", ".js")}";`;
      });
    return `${[...imports, ...own].join("\n")}\n`;
  };
  return new Map(names.map((name) => [name, textOf(name)]));
}
