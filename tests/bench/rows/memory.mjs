import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../support/memory.mjs", import.meta.url));

/** Bytes by which the heap may differ after garbage collection when nothing is retained. */
const NOISE = 2 ** 20;
const AMOUNTS = { grants: 10_000, requests: 1_000_000 };
const AMOUNTS_IN_CHECK = { grants: 100, requests: 10_000 };

/** @param {number} bytes */
function size(bytes) {
  return Math.abs(bytes) < 10_240 ? `${Math.round(bytes)} B` : `${(bytes / 1024).toFixed(0)} KiB`;
}

/** @typedef {Record<"live" | "refreshed" | "dropped" | "requested", { heap: number, wasm: number }> & { bare: number }} Grown */

/** @param {string} index the URL of the main entry @param {number} grants @param {number} requests @returns {Promise<Grown>} */
async function grown(index, grants, requests) {
  const { stdout } = await run(process.execPath, ["--expose-gc", program, index, `${grants}`, `${requests}`]);
  return JSON.parse(stdout);
}

/** @type {import("../support/row.mjs").Row} */
export const memory = {
  name: "memory",
  isUntimed: true,
  title: "Memory of live grants, and after many authorization requests (Node, heap after garbage collection)",
  async run(plan) {
    const { grants, requests } = plan.isCheck ? AMOUNTS_IN_CHECK : AMOUNTS;
    const today = await grown(import.meta.resolve("grantkit"), grants, requests);
    const { live, refreshed, dropped, requested, bare } = today;
    const count = (/** @type {number} */ amount) => amount.toLocaleString("en");
    const linesOf = (/** @type {Grown} */ { live, refreshed, dropped, requested }) =>
      [
        [`${count(grants)} live managers with their records`, live, `${size(live.heap / grants)} each`],
        ["the same, each refreshed ten times", refreshed, `${size(refreshed.heap / grants)} each`],
        ["the same, dropped", dropped, ""],
        [`${count(requests)} authorization requests in a row`, requested, ""],
      ].map(([what, grown, each]) => {
        const { heap, wasm } = /** @type {{ heap: number, wasm: number }} */ (grown);
        return [`${what}`, size(heap), `${each}`, size(wasm)];
      });
    const older = plan.before ? linesOf(await grown(plan.before.index, grants, requests)) : [];
    const bareLine = [`${count(grants)} token objects in a Map`, size(bare), `${size(bare / grants)} each`, ""];
    const most = Math.max(live.wasm, refreshed.wasm, dropped.wasm, requested.wasm);
    const isFlat = requested.heap <= NOISE && refreshed.heap - live.heap <= NOISE && dropped.heap <= NOISE;
    return {
      head: ["", "heap grown by", "", "wasm memory grown by"],
      lines: [...linesOf(today), bareLine, ...older.map(([what, ...sizes]) => [`${what} (before)`, ...sizes])],
      aims: [
        { aim: "the wasm memory does not grow", result: size(most), isReached: most === 0, isRequired: true },
        {
          aim: "the heap does not grow beyond what is retained",
          result: size(requested.heap),
          isReached: isFlat,
          isRequired: true,
        },
      ],
    };
  },
};
