import { createHash } from "node:crypto";

/** @typedef {string | { [condition: string]: Target }} Target */

/** The file that a browser without a bundler resolves to. @param {Target} target @returns {string | undefined} */
const browserTarget = (target) =>
  typeof target === "string" ? target : target.default === undefined ? undefined : browserTarget(target.default);

/**
 * A page that needs no bundler: an import map built from a package.json, and one script.
 *
 * @param {{ name: string, exports: Record<string, Target>, imports: Record<string, Target> }} manifest
 * @param {string} base the path at which the package is served
 * @param {string} script
 */
export function barePage({ name, exports, imports }, base, script) {
  /** @type {Record<string, string>} */
  const map = {};
  for (const [specifier, target] of [...Object.entries(imports), ...Object.entries(exports)]) {
    const file = browserTarget(target);
    if (file) map[specifier.replace(/^\./, name)] = new URL(file, `http://localhost${base}`).pathname;
  }
  const text = JSON.stringify({ imports: map });
  return {
    html: `<!doctype html><title>grantkit</title><script type="importmap">${text}</script><script type="module" src="${script}"></script>`,
    /** For script-src: the import map is the only inline script. */
    hash: `'sha256-${createHash("sha256").update(text).digest("base64")}'`,
  };
}
