// npm run bench -- [words] [--check] [--rounds N] [--sample MS] [--seed N]
// Words choose rows by name. A run of all rows writes RESULTS.md; --check runs each row once and asserts the answers.

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ROWS } from "./rows.mjs";
import { circumstances, load } from "./support/circumstances.mjs";
import { report, section } from "./support/report.mjs";
import { generator } from "./support/statistics.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: "boolean", default: false },
    rounds: { type: "string", default: "31" },
    sample: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
  },
});

/** @param {"rounds" | "sample" | "seed"} name */
function whole(name) {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${name} must be a whole number above 0`);
  process.exit(2);
}

const chosen = ROWS.filter(({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(
    `no row is called ${positionals.join(" or ")}: ${[...new Set(ROWS.map(({ name }) => name))].join(", ")}`,
  );
  process.exit(2);
}

const seed = whole("seed");
const plan = {
  rounds: values.check ? 1 : whole("rounds"),
  sampleMs: values.check ? 0 : whole("sample"),
  random: generator(seed),
  isCheck: values.check,
};
const known = circumstances(seed);

const done = [];
for (const row of chosen) {
  const finished = { row, outcome: await row.run(plan) };
  done.push(finished);
  console.log(values.check ? `right: ${row.title}` : `\n${section(finished)}`);
}

const missed = done.flatMap(({ outcome }) => outcome.aims.filter(({ isReached, isDuty }) => isDuty && !isReached));
for (const { aim, seen } of missed) console.error(`not held: ${aim}; ${seen}`);
if (missed.length > 0) process.exitCode = 1;
if (!values.check && positionals.length === 0) {
  await writeFile(
    new URL("RESULTS.md", import.meta.url),
    await report(done, [...known, ["load when it ended", load()]]),
  );
  console.log("\nwritten to tests/bench/RESULTS.md");
}
