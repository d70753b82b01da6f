/** @typedef {{ code: string, happened: string, next: string }} ErrorRow */

/**
 * Reads the table of error codes from the README.
 *
 * @param {string} readme
 * @returns {ErrorRow[]}
 */
export function errorTable(readme) {
  const lines = readme.split("\n");
  const head = lines.findIndex((line) => line.startsWith("| `code` |"));
  if (head < 0) throw new Error("README.md has no table of error codes: add one whose first column is `code`");
  const end = lines.findIndex((line, index) => index > head && !line.startsWith("|"));
  return lines.slice(head + 2, end).map((line) => {
    const [, code = "", happened = "", next = ""] = line.split("|").map((cell) => cell.trim().replaceAll("`", ""));
    return { code, happened, next };
  });
}
