// npm run bench -- [words] [--check] [--before TARBALL [--check-before] [--pairs N]] [--rounds N] [--sample MS] [--seed N]
// Words choose rows by name. A run of all rows writes RESULTS.md. --check makes each call once and checks only the results.
// --before adds an older package of grantkit, and prints the time of today divided by the time before. --check-before
// prints nothing else, and fails where today's package is slower by more than 10 %: the quartiles are above 1.10.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ROWS } from "./rows.mjs";
import { installBefore } from "./support/before.mjs";
import { compare } from "./support/compare.mjs";
import { environment, load } from "./support/environment.mjs";
import { changeTable, report, section } from "./support/report.mjs";
import { isTooSlow } from "./support/row.mjs";
import { generator } from "./support/statistics.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    before: { type: "string" },
    check: { type: "boolean", default: false },
    "check-before": { type: "boolean", default: false },
    pairs: { type: "string", default: "15" },
    rounds: { type: "string", default: "31" },
    sample: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
  },
});

/** @param {string} message @returns {never} */
function refuse(message) {
  console.error(message);
  process.exit(2);
}

/** @param {"pairs" | "rounds" | "sample" | "seed"} name */
function whole(name) {
  const value = Number(values[name]);
  return Number.isInteger(value) && value > 0 ? value : refuse(`--${name} must be a whole number above 0`);
}

const chosen = ROWS.filter(({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)));
if (chosen.length === 0) {
  refuse(`no row is called ${positionals.join(" or ")}: ${[...new Set(ROWS.map(({ name }) => name))].join(", ")}`);
}
if (values["check-before"] && values.before === undefined) {
  refuse("--check-before compares with an older package: name its tarball with --before");
}
if (values["check-before"] && values.check) refuse("--check takes no times to compare: omit --check or --check-before");

const seed = whole("seed");
const before = values.before === undefined ? undefined : await installBefore(values.before);
const plan = {
  rounds: values.check ? 1 : whole("rounds"),
  sampleMs: values.check ? 0 : whole("sample"),
  random: generator(seed),
  isCheck: values.check,
  ...(values.check && { parts: 1 }),
  before,
};
const known = environment(seed);

const done = [];
for (const row of values["check-before"] ? [] : chosen) {
  const finished = { row, outcome: await row.run(plan) };
  done.push(finished);
  console.log(values.check ? `correct: ${row.title}` : `\n${section(finished)}`);
}

const missed = done.flatMap(({ outcome }) =>
  outcome.aims.filter(({ isReached, isRequired }) => isRequired && !isReached),
);
for (const { aim, result } of missed) console.error(`required aim not reached: ${aim}; ${result}`);
if (missed.length > 0) process.exitCode = 1;

if (values.before !== undefined && !values.check) {
  const options = { tarball: values.before, pairs: whole("pairs"), sampleMs: plan.sampleMs, seed };
  const changes = [];
  for (const row of chosen.filter(({ isUntimed }) => !isUntimed)) {
    changes.push(...(await compare(row, options)).map((change) => ({ title: row.title, change })));
  }
  console.log(`\n${changeTable(changes)}`);
  const slower = values["check-before"] ? changes.filter(({ change }) => isTooSlow(change.ratio)) : [];
  for (const { title, change } of slower) console.error(`slower by more than 10 %: ${title}: ${change.name}`);
  if (slower.length > 0) process.exitCode = 1;
}

if (!values.check && !before && positionals.length === 0) {
  const text = await report(done, [...known, ["load at the end", load()]]);
  await writeFile(new URL("RESULTS.md", import.meta.url), text);
  console.log("\nwrote tests/bench/RESULTS.md");
}
