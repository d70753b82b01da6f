// node pair.mjs <title of a row> <tarball> <sample in milliseconds> <seed>
// Samples today's package and an older one in this process, and prints how the times compare.

import { ROWS } from "../rows.mjs";
import { installBefore } from "./before.mjs";
import { generator } from "./statistics.mjs";

const [, , title = "", tarball = "", sample, seed] = process.argv;

const row = ROWS.find((one) => one.title === title);
if (!row) throw new Error(`no row has the title ${title}`);
const before = await installBefore(tarball);
const random = generator(Number(seed));
const plan = { rounds: 1, sampleMs: Number(sample), isCheck: false, isPair: true, random, before };
const { changes = [] } = await row.run(plan);
console.log(JSON.stringify(changes));
