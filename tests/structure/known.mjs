// What breaks the rules of rules.mjs today. The lists only become shorter: an entry that no longer holds fails the test too.

/** Imports against the order of the layers. @type {string[]} */
export const ARROWS = [
  "src/manager/budget.rs -> src/oauth/profile.rs",
  "src/manager/plan.rs -> src/oauth/profile.rs",
  "src/manager/record.rs -> src/oauth/frame.rs",
  "src/oauth/client.rs -> src/provider/table.rs",
  "src/oauth/metadata.rs -> src/provider/table.rs",
  "src/provider/table.rs -> src/oauth/client.rs",
  "src/text/json.rs -> src/oauth/http.rs",
];

/** Names outside the layer that they belong to. @type {string[]} */
export const NAMES = [
  "src/flow/refresh.rs: frames",
  "src/manager/record.rs: frames",
  "src/oauth/authorization_request.rs: frames",
  "src/oauth/client.rs: frames",
  "src/oauth/frame.rs: frames",
  "src/oauth/mod.rs: frames",
  "src/oauth/token_request.rs: frames",
  "src/transport.rs: frames",
];

/** Circles that have to be broken. A circle of some of the files counts as the same. @type {string[][]} */
export const CIRCLES = [
  ["src/manager/plan.rs", "src/manager/record.rs"],
  [
    "src/oauth/authorization_request.rs",
    "src/oauth/authorization_response.rs",
    "src/oauth/client.rs",
    "src/oauth/metadata.rs",
    "src/oauth/profile.rs",
    "src/oauth/scope.rs",
    "src/oauth/token_request.rs",
    "src/provider/table.rs",
    "src/provider/zoho.rs",
  ],
  ["src/oauth/error_response.rs", "src/oauth/token_response.rs"],
  [
    "src/testing/authorize.rs",
    "src/testing/list.rs",
    "src/testing/page.rs",
    "src/testing/records.rs",
    "src/testing/server.rs",
  ],
  ["src/testing/options.rs", "src/testing/origins.rs"],
];

/** Circles that may stay, all in the simulator. @type {{ files: string[], reason: string }[]} */
export const HONEST_CIRCLES = [
  {
    files: [
      "src/testing/simulator/executor.rs",
      "src/testing/simulator/fact.rs",
      "src/testing/simulator/host.rs",
      "src/testing/simulator/ledger.rs",
      "src/testing/simulator/lock.rs",
      "src/testing/simulator/process.rs",
      "src/testing/simulator/server.rs",
      "src/testing/simulator/world.rs",
    ],
    reason:
      "one event loop: the world owns tasks, lock, server and processes, and each of them schedules events in the world",
  },
];
