import { fasterThan, named, others, timeTable } from "../support/row.mjs";
import { measure } from "../support/sampler.mjs";

/** @typedef {import("../support/sampler.mjs").Measured} Measured */

/** @param {Measured[]} measured */
function aimsInWorkerd(measured) {
  return [
    fasterThan([named(measured, "arctic")], 1.5, "arctic"),
    fasterThan([named(measured, "oauth4webapi")], 8, "oauth4webapi"),
  ];
}

/** @param {import("../support/runtimes.mjs").Runtime} runtime @returns {import("../support/row.mjs").Row} */
export function callback(runtime) {
  return {
    name: "callback",
    title: `Callback check: state, iss, error, code (${runtime.name})`,
    async run(plan) {
      const measured = await runtime.using("callback", plan.before, (entrants) =>
        measure(entrants, runtime.plan(plan)),
      );
      const aims = runtime.name === "Node" ? [fasterThan(others(measured), 2, "the fastest")] : aimsInWorkerd(measured);
      const notes = [
        "arctic does not check callbacks: its row is the code that its documentation tells the application to write.",
      ];
      return { ...timeTable(measured), aims, notes };
    },
  };
}
