// npm run bench -- [words] [--check] [--before TARBALL [--check-before]] [--rounds N] [--sample MS] [--seed N]
// Words choose rows by name. A run of all rows writes RESULTS.md. --check runs each row once and checks the results only.
// --before adds an older package of grantkit beside today's and prints how times changed; --check-before fails where
// today's takes more than 10 % longer, that is where the lower quartile of the ratio is above 1.10.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ROWS } from "./rows.mjs";
import { installBefore } from "./support/before.mjs";
import { circumstances, load } from "./support/circumstances.mjs";
import { changes, report, section } from "./support/report.mjs";
import { isTooSlow } from "./support/row.mjs";
import { generator } from "./support/statistics.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    before: { type: "string" },
    check: { type: "boolean", default: false },
    "check-before": { type: "boolean", default: false },
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

/** @param {"rounds" | "sample" | "seed"} name */
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
  before,
};
const known = circumstances(seed);

const done = [];
for (const row of chosen) {
  const finished = { row, outcome: await row.run(plan) };
  done.push(finished);
  console.log(values.check ? `right: ${row.title}` : `\n${section(finished)}`);
}
if (before && !values.check) console.log(`\n${changes(done)}`);

const missed = done.flatMap(({ outcome }) => outcome.aims.filter(({ isReached, isDuty }) => isDuty && !isReached));
for (const { aim, seen } of missed) console.error(`not held: ${aim}; ${seen}`);
const slower = values["check-before"]
  ? done.flatMap(({ row, outcome }) => (outcome.changes ?? []).map((change) => ({ title: row.title, ...change })))
  : [];
const tooSlow = slower.filter(({ ratio }) => isTooSlow(ratio));
for (const { title, name } of tooSlow) console.error(`more than 10 % slower than before: ${title}: ${name}`);
if (missed.length + tooSlow.length > 0) process.exitCode = 1;

if (!values.check && !before && positionals.length === 0) {
  await writeFile(
    new URL("RESULTS.md", import.meta.url),
    await report(done, [...known, ["load when it ended", load()]]),
  );
  console.log("\nwritten to tests/bench/RESULTS.md");
}
