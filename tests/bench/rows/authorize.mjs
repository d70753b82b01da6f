import { fasterThan, named, times, timeTable } from "../support/row.mjs";
import { measure } from "../support/sampler.mjs";

/** @typedef {import("../support/sampler.mjs").Measured} Measured */

/** @param {Measured[]} measured */
function aimsInNode(measured) {
  const [grantkit] = measured;
  // Its digest runs in a thread pool, so its median depends on the machine as much as on the library.
  const best = named(measured, "oauth4webapi").best / (grantkit?.time.median ?? Number.NaN);
  return [
    fasterThan(
      measured.filter(({ isLibrary }) => isLibrary),
      12,
      "the fastest library",
    ),
    { aim: "20 × the best sample of oauth4webapi", result: times(best), isReached: best >= 20 },
  ];
}

/** @param {Measured[]} measured */
function aimsInWorkerd(measured) {
  return [
    fasterThan([named(measured, "oauth4webapi")], 12, "oauth4webapi"),
    fasterThan([named(measured, "arctic")], 12, "arctic"),
  ];
}

/** @param {import("../support/runtimes.mjs").Runtime} runtime @returns {import("../support/row.mjs").Row} */
export function authorize(runtime) {
  return {
    name: "authorize",
    title: `Authorization request: state, verifier, S256 challenge, URL (${runtime.name})`,
    async run(plan) {
      const measured = await runtime.using("authorize", plan.before, (entrants) =>
        measure(entrants, runtime.plan(plan)),
      );
      return { ...timeTable(measured), aims: runtime.name === "Node" ? aimsInNode(measured) : aimsInWorkerd(measured) };
    },
  };
}
