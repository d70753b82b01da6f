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
  const reached = aims.map(
    ({ aim, result, isReached }) => `- ${isReached ? "Reached" : "Not reached"}: ${aim}; ${result}`,
  );
  const parts = [`## ${row.title}`, table(head, lines, "---:"), reached.join("\n"), notes.join("\n\n")];
  return parts.filter(Boolean).join("\n\n");
}

/** How today's times compare with those of an older package. @param {{ title: string, change: Change }[]} changes */
export function changeTable(changes) {
  const lines = changes.map(({ title, change: { name, ratio } }) => [
    `${title}: ${name}`,
    times(ratio.median),
    `${times(ratio.low)} to ${times(ratio.high)}`,
    verdict(ratio),
  ]);
  return table(["time of today divided by time before", "median", "quartiles", ""], lines, "---:");
}

/** @param {Done[]} done @param {string[][]} environment */
export async function report(done, environment) {
  const aims = done.flatMap(({ row, outcome }) => {
    return outcome.aims.map(({ aim, result, isReached }) => [row.title, aim, result, isReached ? "yes" : "no"]);
  });
  const method = [
    "Written by `npm run bench`; do not edit.",
    "Each round takes one sample of each contender, in a random order. A time is the median of the samples. A ratio is the",
    "median of the ratios to the first contender in the same round, with its quartiles; the table says equal if they are on",
    "both sides of 1. A result that is no promise is not awaited. The results of each contender were checked before it was",
    "timed.",
  ];
  return [
    "# Results",
    method.join("\n"),
    table(["", ""], environment),
    "## Aims",
    table(["work", "aim", "result", "reached"], aims),
    ...done.map(section),
    sizeSection(await sizes()),
  ].join("\n\n");
}
