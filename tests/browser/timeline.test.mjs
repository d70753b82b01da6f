// The order of arrows, and what they are told as. No browser is needed.

import assert from "node:assert/strict";
import test from "node:test";
import { errorTable } from "../../www/page/build/error-table.js";
import { story } from "../../www/page/event-summary.js";
import { failed, timeline } from "../../www/page/watch/timeline.js";

/** @typedef {import("../../www/page/watch/timeline.js").WatchEvent} WatchEvent */

/** @type {Omit<WatchEvent, "id" | "at">} */
const CALL = { from: "browser", to: "worker", method: "GET", path: "/api/crm/v8/Leads", status: 200, durationMs: 30 };
/** @type {Omit<WatchEvent, "id" | "at">} */
const ASK = { from: "worker", to: "vault", method: "RPC", path: "accessToken", durationMs: 10 };
/** @type {Omit<WatchEvent, "id" | "at">} */
const REFRESH = {
  from: "vault",
  to: "accounts",
  method: "POST",
  path: "/oauth/v2/token",
  grant_type: "refresh_token",
  status: 200,
  durationMs: 5,
};
/** @type {Omit<WatchEvent, "id" | "at">} */
const READ = { from: "worker", to: "api", method: "GET", path: "/crm/v8/Leads", status: 200, durationMs: 8 };

/** The arrows of events in the order in which they arrive. @param {Omit<WatchEvent, "id">[]} events */
function drawn(events) {
  const { arrows, add } = timeline();
  events.forEach((event, index) => {
    add({ ...event, id: index + 1 });
  });
  return arrows.map(({ first, count }) => `${first.from}>${first.to} ${count}`);
}

test("what caused others is before them, whenever it arrives", () => {
  const order = ["browser>worker 1", "worker>vault 1", "vault>accounts 1", "worker>api 1"];
  const at = [
    { ...REFRESH, at: 1003 },
    { ...ASK, at: 1002 },
    { ...READ, at: 1012 },
    { ...CALL, at: 1000 },
  ];
  assert.deepEqual(drawn(at), order);
  const [refresh, ask, read, call] = at.map((event) => ({ ...event, at: 1000 }));
  assert.deepEqual(drawn(/** @type {WatchEvent[]} */ ([refresh, ask, read, call])), order, "all in one millisecond");
});

test("a second question after a refused token is after the refusal", () => {
  const events = [
    { ...REFRESH, at: 1030, code: "reauthorization_required" },
    { ...ASK, at: 1000 },
    { ...READ, at: 1010, status: 401 },
    { ...ASK, at: 1020, code: "reauthorization_required" },
  ];
  assert.deepEqual(drawn(events), ["worker>vault 1", "worker>api 1", "worker>vault 1", "vault>accounts 1"]);
});

test("equal ones are one arrow where they follow each other or run at once, and else are not", () => {
  assert.deepEqual(
    drawn([
      { ...CALL, at: 0 },
      { ...CALL, at: 100 },
    ]),
    ["browser>worker 2"],
  );
  const interleaved = [0, 1, 2].flatMap((at) => [
    { ...ASK, at },
    { ...READ, at: at + 9 },
  ]);
  assert.deepEqual(drawn(interleaved), ["worker>vault 3", "worker>api 3"]);
  const apart = [
    { ...CALL, at: 0 },
    { ...ASK, at: 1 },
    { ...CALL, at: 100 },
    { ...ASK, at: 101 },
  ];
  assert.deepEqual(drawn(apart), ["browser>worker 1", "worker>vault 1", "browser>worker 1", "worker>vault 1"]);
  assert.deepEqual(
    drawn([
      { ...CALL, at: 0 },
      { ...CALL, at: 9, status: 429 },
    ]),
    ["browser>worker 1", "browser>worker 1"],
  );
});

test("an event may stand for many", () => {
  const { arrows, add } = timeline();
  add({ ...READ, id: 1, at: 5, durationMs: 40, count: 100 });
  add({ ...READ, id: 2, at: 6, durationMs: 3 });
  const [{ count, begin, end, shortest, longest } = assert.fail()] = arrows;
  assert.deepEqual(
    { count, begin, end, shortest, longest },
    { count: 101, begin: 5, end: 45, shortest: 3, longest: 40 },
  );
});

test("the oldest of more than 200 give way", () => {
  const { arrows, add } = timeline();
  for (let id = 1; id <= 250; id += 1) add({ ...READ, id, at: id * 1000, path: `/crm/v8/${id}` });
  assert.equal(arrows.length, 200);
  assert.equal(arrows[0]?.first.path, "/crm/v8/51");
});

test("a failure is a status of 400 or more, or a code", () => {
  const event = { ...READ, id: 1, at: 0 };
  assert.equal(failed(event), false);
  assert.equal(failed({ ...event, status: 303 }), false);
  assert.equal(failed({ ...event, status: 400 }), true);
  assert.equal(failed({ ...event, code: "reauthorization_required" }), true);
});

test("the story is of what was sent between servers, and of what was not", () => {
  const told = (/** @type {Omit<WatchEvent, "id" | "at">[]} */ events) => {
    return story(events.map((event, id) => ({ ...event, id, at: id * 100 }))).map(
      ({ text, bad }) => `${bad ? "! " : ""}${text}`,
    );
  };
  const control = { ...CALL, method: "POST", path: "/api/demo/expire" };
  assert.deepEqual(told([control, CALL, ASK, { ...REFRESH, count: 2 }, { ...READ, status: 401 }]), [
    "The Worker asked the vault for a token, and got it.",
    "The vault asked the accounts server 2 times for fresh tokens: the answer was HTTP 200.",
    "! The Worker called the CRM with the token: the answer was HTTP 401.",
  ]);
  const { status, ...unanswered } = REFRESH;
  assert.equal(status, 200);
  assert.deepEqual(
    told([
      { ...unanswered, code: "timeout" },
      { ...ASK, code: "timeout" },
    ]),
    [
      "! The vault asked the accounts server for fresh tokens: there was no answer, which is timeout.",
      "! The Worker asked the vault for a token, and was told timeout.",
      "No request went to the CRM.",
    ],
  );
  const exchange = { ...REFRESH, from: /** @type {const} */ ("worker"), grant_type: "authorization_code" };
  assert.deepEqual(told([exchange, { ...REFRESH, grant_type: "", path: "/oauth/v2/revoke/token" }]), [
    "The Worker asked the accounts server for the tokens of a code: the answer was HTTP 200.",
    "The vault asked the accounts server to revoke the grant: the answer was HTTP 200.",
    "No request went to the CRM.",
  ]);
  const callback = { ...CALL, path: "/callback", status: 400, code: "callback_mismatch" };
  assert.deepEqual(told([callback]), [
    "! The Worker refused the callback: callback_mismatch.",
    "No request went to the accounts server.",
    "No request went to the CRM.",
  ]);
});

test("the table of errors is read from the README's Markdown", () => {
  const readme =
    "# a\n\n| `code` | What happened | What to do |\n| --- | --- | --- |\n| `store` | A b | Save `x.y` |\n\n| other |\n";
  assert.deepEqual(errorTable(readme), [{ code: "store", happened: "A b", next: "Save x.y" }]);
  assert.throws(() => errorTable("# nothing"), /README\.md has no table of error codes/);
});
