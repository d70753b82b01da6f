// The titles of the tests in a file, read from its text.

/** A text between quotes, with what a template inserts as "…". */
const QUOTED = /(["'`])((?:\\.|(?!\1).)*)\1/s.source;

/** What declares tests besides `test`, `it` and `describe`: `const asRoot = … ? test : test.skip`. @param {string} text */
const aliases = (text) => [...text.matchAll(/^\s*const (\w+) = .*\? test\b.*;$/gm)].map(([, name]) => name);

/** @param {string} text of a script. A test is a call, or an object with a name. */
function ofScript(text) {
  const calls = ["test", "it", "describe", ...aliases(text)].join("|");
  const declared = new RegExp(String.raw`(?:\b(?:${calls})\(|[{,]\s*name:)\s*${QUOTED}`, "gs");
  return [...text.matchAll(declared)].map(([, , title = ""]) => title.replaceAll(/\$\{[^}]*\}/g, "…"));
}

/** @param {string} text of a file of Rust. */
const ofRust = (text) => [...text.matchAll(/#\[test\]\s+fn (\w+)\(/g)].map(([, name = ""]) => name);

/** @param {string} text of vectors. Each row is a test. */
const ofVectors = (text) => JSON.parse(text).rows.map((/** @type {{ name: string }} */ { name }) => name);

/** @param {string} path @param {string} text @returns {string[]} */
export function titlesOf(path, text) {
  if (path.endsWith(".rs")) return ofRust(text);
  return path.endsWith(".json") ? ofVectors(text) : ofScript(text);
}
