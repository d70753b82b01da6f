// Which files of a Rust crate import which. Reads `use` declarations and paths in code that begin with `crate`, `super` or
// `self` or with an imported name, and follows the re-exports of lib.rs and mod.rs. Code under `#[cfg(test)]` is not read.

/** @typedef {Map<string, string>} Sources a path, and the text of the file */

/** Code without comments, texts and what only tests compile. @param {string} text */
export function codeOf(text) {
  return withoutTests(
    text.replaceAll(
      /\/\/[^\n]*|\/\*[\s\S]*?\*\/|b?r(#*)"[\s\S]*?"\1|b?"(?:[^"\\]|\\[\s\S])*"|b?'(?:[^'\\\n]|\\[^\n]{1,8}?)'/g,
      (token) => (token.startsWith("/") ? " " : '""'),
    ),
  );
}

/** As `codeOf`, but with the texts. @param {string} text */
export function codeAndTexts(text) {
  return withoutTests(text.replaceAll(/^\s*\/\/[^\n]*/gm, " "));
}

/** @param {string} code */
function withoutTests(code) {
  let rest = code;
  for (;;) {
    const start = rest.indexOf("#[cfg(test)]");
    if (start < 0) return rest;
    rest = rest.slice(0, start) + rest.slice(endOfItem(rest, start));
  }
}

/** Where the item that begins at `start` ends: with a semicolon or its last brace. @param {string} code @param {number} start */
function endOfItem(code, start) {
  let depth = 0;
  for (const { 0: mark, index } of code.slice(start).matchAll(/[{};]/g)) {
    if (mark !== ";") depth += mark === "{" ? 1 : -1;
    if (depth === 0) return start + index + 1;
  }
  return code.length;
}

/** The paths that a tree of `use` names, and the name that each gets. @param {string} tree @returns {{ path: string[], as: string }[]} */
function leaves(tree) {
  const open = tree.indexOf("{");
  if (open < 0) {
    const [path = "", as] = tree.trim().split(/\s+as\s+/);
    const segments = path.split("::").map((segment) => segment.trim());
    if (segments.at(-1) === "self") segments.pop();
    return [{ path: segments, as: as?.trim() ?? segments.at(-1) ?? "" }];
  }
  const prefix = tree
    .slice(0, open)
    .split("::")
    .map((segment) => segment.trim())
    .filter(Boolean);
  const inner = tree.slice(open + 1, tree.lastIndexOf("}"));
  /** @type {string[]} */
  const parts = [""];
  let depth = 0;
  for (const character of inner) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  const found = parts.filter((part) => part.trim()).flatMap(leaves);
  return found.map(({ path, as }) => {
    const whole = [...prefix, ...path];
    return { path: whole, as: as || (whole.at(-1) ?? "") };
  });
}

/** The modules of a file. @param {string} file */
function moduleOf(file) {
  return file
    .replace(/^src\//, "")
    .replace(/(?:^lib|(?:^|\/)mod)?\.rs$/, "")
    .split("/")
    .filter(Boolean);
}

/**
 * Each file with the files that it imports.
 *
 * @param {Sources} sources
 * @returns {Map<string, Set<string>>}
 */
export function rustImports(sources) {
  const files = new Map([...sources.keys()].map((file) => [moduleOf(file).join("::"), file]));
  const read = new Map(
    [...sources].map(([file, text]) => {
      const code = codeOf(text);
      const uses = [...code.matchAll(/\b(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);/g)].flatMap(([, pub, tree = ""]) =>
        leaves(tree).map((leaf) => ({ ...leaf, isPublic: pub !== undefined })),
      );
      const inline = [...code.replaceAll(/\buse\s+[^;]+;/g, ";").matchAll(/(?<![\w:])[a-z]\w*(?:::\w+)+/g)];
      const modules = [...code.matchAll(/\bmod\s+(\w+)\s*;/g)].map(([, name = ""]) => name);
      return [file, { uses, inline: inline.map(([path]) => path.split("::")), modules }];
    }),
  );

  /** A path from the root of the crate, or undefined for one of another crate. @param {string} file @param {string[]} path */
  function absolute(file, path) {
    const own = moduleOf(file);
    const [first = "", ...rest] = path;
    if (first === "crate") return rest;
    if (first === "self") return [...own, ...rest];
    if (first === "super") {
      let [base, left] = [own, path];
      while (left[0] === "super") [base, left] = [base.slice(0, -1), left.slice(1)];
      return [...base, ...left];
    }
    const imported = read.get(file)?.uses.find(({ as, path: [root] }) => as === first && root !== first);
    if (imported) return absolute(file, [...imported.path, ...rest]);
    return read.get(file)?.modules.includes(first) ? [...own, ...path] : undefined;
  }

  /**
   * The file that declares what a path names.
   *
   * @param {string[]} path
   * @param {number} [depth] of re-exports
   * @returns {string | undefined}
   */
  function declares(path, depth = 0) {
    for (let length = path.length; length >= 0; length -= 1) {
      const file = files.get(path.slice(0, length).join("::"));
      if (!file) continue;
      const name = path[length];
      const exported =
        name === undefined || !/(?:lib|mod)\.rs$/.test(file)
          ? undefined
          : read.get(file)?.uses.find(({ as }) => as === name);
      const target = exported && absolute(file, exported.path);
      return (target && depth < 8 && declares([...target, ...path.slice(length + 1)], depth + 1)) || file;
    }
    return undefined;
  }

  return new Map(
    [...read].map(([file, { uses, inline }]) => {
      const paths = [...uses.map(({ path }) => path), ...inline].map((path) => absolute(file, path));
      const found = paths.flatMap((path) => (path && declares(path)) ?? []);
      return [file, new Set(found.filter((target) => target !== file))];
    }),
  );
}
