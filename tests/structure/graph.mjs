// What can be asked of a graph of files.

/** @typedef {Map<string, Set<string>>} Graph */

/** The circles: sets of files that reach each other, in order of names. @param {Graph} graph @returns {string[][]} */
export function circles(graph) {
  const reached = new Map([...graph.keys()].map((file) => [file, reach(graph, file)]));
  const both = (/** @type {string} */ one, /** @type {string} */ other) =>
    reached.get(one)?.has(other) && reached.get(other)?.has(one);
  const found = [...graph.keys()].map((file) => [...graph.keys()].filter((other) => both(file, other)).sort());
  const unique = new Map(found.filter((members) => members.length > 1).map((members) => [members.join(), members]));
  return [...unique.values()].sort();
}

/** All that a file reaches, itself included if it is in a circle. @param {Graph} graph @param {string} file @param {Set<string>} [found] */
export function reach(graph, file, found = new Set()) {
  for (const target of graph.get(file) ?? []) {
    if (found.has(target)) continue;
    found.add(target);
    reach(graph, target, found);
  }
  return found;
}
