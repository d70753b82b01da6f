// The report of a run, as Markdown.

import { sizeSection, sizes } from "../../structure/entries.mjs";
import { times, verdict } from "./row.mjs";

/** @typedef {import("./row.mjs").Row} Row */
/** @typedef {import("./row.mjs").Outcome} Outcome */
/** @typedef {import("./row.mjs").Change} Change */
/** @typedef {{ row: Row, outcome: Outcome }} Done */

/** @param {string[]} cells */
const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/** @param {string[]} head @param {string[][]} lines @param {"---" | "---:"} [align] of all columns but the first */
function table(head, lines, align = "---") {
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : align))), ...lines.map(line)].join("\n");
}

/** A row with its table, and whether it reached its aims. @param {Done} done */
export function section({ row, outcome: { head, lines, aims, notes = [] } }) {
  const reached = aims.map(({ aim, seen, isReached }) => `- ${isReached ? "Reached" : "Not reached"}: ${aim}; ${seen}`);
  const parts = [`## ${row.title}`, table(head, lines, "---:"), reached.join("\n"), notes.join("\n\n")];
  return parts.filter(Boolean).join("\n\n");
}

/** How the times of today compare with those before. @param {{ title: string, change: Change }[]} changes */
export function changeTable(changes) {
  const lines = changes.map(({ title, change: { name, ratio } }) => [
    `${title}: ${name}`,
    times(ratio.median),
    `${times(ratio.low)} to ${times(ratio.high)}`,
    verdict(ratio),
  ]);
  return table(["time of today divided by the time before", "median", "quartiles", ""], lines, "---:");
}

/** @param {Done[]} done @param {string[][]} circumstances */
export async function report(done, circumstances) {
  const aims = done.flatMap(({ row, outcome }) => {
    return outcome.aims.map(({ aim, seen, isReached }) => [row.title, aim, seen, isReached ? "yes" : "no"]);
  });
  const method = [
    "Written by `npm run bench`; do not edit.",
    "Each round takes one sample of each contender, in an order drawn anew. Times are medians of the samples, a ratio is the",
    "median of the ratios to the first contender within a round, with its quartiles; where these lie on both sides of 1 it",
    "is given as equal. What returns no promise is not awaited. Each answer was checked before it was timed.",
  ];
  return [
    "# Results",
    method.join("\n"),
    table(["", ""], circumstances),
    "## Aims",
    table(["work", "aim", "seen", "reached"], aims),
    ...done.map(section),
    sizeSection(await sizes()),
  ].join("\n\n");
}
