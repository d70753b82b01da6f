// The order of the arrows, and their summary. These tests need no browser.

import assert from "node:assert/strict";
import test from "node:test";
import { errorTable } from "../../www/page/build/error-table.js";
import { summarizeEvents } from "../../www/page/event-summary.js";
import { failed, timeline } from "../../www/page/watch/timeline.js";

/** @typedef {import("../../www/page/watch/timeline.js").WatchEvent} WatchEvent */

/** @type {Omit<WatchEvent, "id" | "at">} */
const CALL = { from: "browser", to: "worker", method: "GET", path: "/api/crm/v8/Leads", status: 200, durationMs: 30 };
/** @type {Omit<WatchEvent, "id" | "at">} */
const GET_TOKEN = { from: "worker", to: "vault", method: "RPC", path: "accessToken", durationMs: 10 };
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

/** Adds events in order of arrival, and returns the arrows. @param {Omit<WatchEvent, "id">[]} events */
function arrowsOf(events) {
  const { arrows, add } = timeline();
  events.forEach((event, index) => {
    add({ ...event, id: index + 1 });
  });
  return arrows.map(({ first, count }) => `${first.from}>${first.to} ${count}`);
}

test("a request precedes the requests that it caused, in any order of arrival", () => {
  const order = ["browser>worker 1", "worker>vault 1", "vault>accounts 1", "worker>api 1"];
  const at = [
    { ...REFRESH, at: 1003 },
    { ...GET_TOKEN, at: 1002 },
    { ...READ, at: 1012 },
    { ...CALL, at: 1000 },
  ];
  assert.deepEqual(arrowsOf(at), order);
  const [refresh, token, read, call] = at.map((event) => ({ ...event, at: 1000 }));
  assert.deepEqual(
    arrowsOf(/** @type {WatchEvent[]} */ ([refresh, token, read, call])),
    order,
    "all in one millisecond",
  );
});

test("a second token from the vault follows the response that rejected the first one", () => {
  const events = [
    { ...REFRESH, at: 1030, code: "reauthorization_required" },
    { ...GET_TOKEN, at: 1000 },
    { ...READ, at: 1010, status: 401 },
    { ...GET_TOKEN, at: 1020, code: "reauthorization_required" },
  ];
  assert.deepEqual(arrowsOf(events), ["worker>vault 1", "worker>api 1", "worker>vault 1", "vault>accounts 1"]);
});

test("equal requests share an arrow only if they overlap or are adjacent", () => {
  assert.deepEqual(
    arrowsOf([
      { ...CALL, at: 0 },
      { ...CALL, at: 100 },
    ]),
    ["browser>worker 2"],
  );
  const interleaved = [0, 1, 2].flatMap((at) => [
    { ...GET_TOKEN, at },
    { ...READ, at: at + 9 },
  ]);
  assert.deepEqual(arrowsOf(interleaved), ["worker>vault 3", "worker>api 3"]);
  const apart = [
    { ...CALL, at: 0 },
    { ...GET_TOKEN, at: 1 },
    { ...CALL, at: 100 },
    { ...GET_TOKEN, at: 101 },
  ];
  assert.deepEqual(arrowsOf(apart), ["browser>worker 1", "worker>vault 1", "browser>worker 1", "worker>vault 1"]);
  assert.deepEqual(
    arrowsOf([
      { ...CALL, at: 0 },
      { ...CALL, at: 9, status: 429 },
    ]),
    ["browser>worker 1", "browser>worker 1"],
  );
});

test("an event can stand for several requests", () => {
  const { arrows, add } = timeline();
  add({ ...READ, id: 1, at: 5, durationMs: 40, count: 100 });
  add({ ...READ, id: 2, at: 6, durationMs: 3 });
  const [{ count, start, end, shortest, longest } = assert.fail()] = arrows;
  assert.deepEqual(
    { count, start, end, shortest, longest },
    { count: 101, start: 5, end: 45, shortest: 3, longest: 40 },
  );
});

test("only the latest 200 arrows are shown", () => {
  const { arrows, add } = timeline();
  for (let id = 1; id <= 250; id += 1) add({ ...READ, id, at: id * 1000, path: `/crm/v8/${id}` });
  assert.equal(arrows.length, 200);
  assert.equal(arrows[0]?.first.path, "/crm/v8/51");
});

test("a request failed if it has an error code or a status of 400 or more", () => {
  const event = { ...READ, id: 1, at: 0 };
  assert.equal(failed(event), false);
  assert.equal(failed({ ...event, status: 303 }), false);
  assert.equal(failed({ ...event, status: 400 }), true);
  assert.equal(failed({ ...event, code: "reauthorization_required" }), true);
});

test("the summary names the requests between servers, and the servers without one", () => {
  const summarize = (/** @type {Omit<WatchEvent, "id" | "at">[]} */ events) => {
    return summarizeEvents(events.map((event, id) => ({ ...event, id, at: id * 100 }))).map(
      ({ text, failed }) => `${failed ? "! " : ""}${text}`,
    );
  };
  const control = { ...CALL, method: "POST", path: "/api/demo/expire" };
  assert.deepEqual(summarize([control, CALL, GET_TOKEN, { ...REFRESH, count: 2 }, { ...READ, status: 401 }]), [
    "The Worker requested an access token from the vault and received it.",
    "The vault sent 2 token requests with the refresh token: HTTP 200.",
    "! The Worker called the CRM: HTTP 401.",
  ]);
  const { status, ...withoutStatus } = REFRESH;
  assert.equal(status, 200);
  assert.deepEqual(
    summarize([
      { ...withoutStatus, code: "timeout" },
      { ...GET_TOKEN, code: "timeout" },
    ]),
    [
      "! The vault sent a token request with the refresh token: no response, timeout.",
      "! The Worker requested an access token from the vault and received the error timeout.",
      "The CRM received no request.",
    ],
  );
  const exchange = { ...REFRESH, from: /** @type {const} */ ("worker"), grant_type: "authorization_code" };
  assert.deepEqual(summarize([exchange, { ...REFRESH, grant_type: "", path: "/oauth/v2/revoke/token" }]), [
    "The Worker sent a token request with the code: HTTP 200.",
    "The vault sent a revocation request: HTTP 200.",
    "The CRM received no request.",
  ]);
  const callback = { ...CALL, path: "/callback", status: 400, code: "callback_mismatch" };
  assert.deepEqual(summarize([callback]), [
    "! The Worker rejected the callback: callback_mismatch.",
    "The accounts server received no request.",
    "The CRM received no request.",
  ]);
});

test("the table of error codes is read from the README", () => {
  const readme =
    "# a\n\n| `code` | What happened | What to do |\n| --- | --- | --- |\n| `store` | A b | Save `x.y` |\n\n| other |\n";
  assert.deepEqual(errorTable(readme), [{ code: "store", happened: "A b", next: "Save x.y" }]);
  assert.throws(() => errorTable("# nothing"), /README\.md has no table of error codes/);
});
