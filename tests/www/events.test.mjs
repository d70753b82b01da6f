// The stream of events: one for each request and its response, in order, without a secret.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo } from "./support/demo.mjs";
import { LEADS } from "./support/visitor.mjs";

const world = await demo();
const { fake, visitor } = world;

/** An event as one line. @param {any} event */
const line = ({ from, to, method, path, grant_type = "", status = "", code = "", note = "", count }) =>
  [`${from} > ${to}`, method, path, grant_type, status, code, note, count ? `x${count}` : ""]
    .join(" ")
    .replace(/ +/g, " ")
    .trim();

/** Events as lines, in the order in which the requests were sent. @param {any[]} events */
function linesOf(events) {
  const rank = ["browser", "worker", "vault"];
  return events.toSorted((a, b) => a.at - b.at || rank.indexOf(a.from) - rank.indexOf(b.from)).map(line);
}

/** @param {string} path @param {string} [from] */
const isRequest =
  (path, from = "browser") =>
  (/** @type {any} */ event) =>
    event.path === path && event.from === from;

test("each request is an event, from the login to the revocation", async () => {
  const browser = visitor();
  await browser.open();
  const before = await browser.watch();
  const consentUrl = await browser.login();
  await before.until((event) => event.to === "accounts");
  await browser.visit(fake.consent(consentUrl, { email: "yuki@jp.example" }));
  await before.end();

  const stream = await browser.watch(before.events.at(-1)?.id);
  await browser.get(LEADS);
  await stream.until(isRequest("/crm/v8/Leads", "worker"));
  await browser.post("/api/demo/expire");
  await browser.get("/api/crm/v8/org");
  await stream.until(isRequest("/crm/v8/org", "worker"));
  await browser.post("/api/disconnect");
  await stream.end();
  const after = await browser.watch(stream.events.at(-1)?.id);
  await after.until(isRequest("/api/disconnect"));
  await after.close();

  assert.deepEqual(linesOf([...before.events, ...stream.events, ...after.events]), [
    "browser > worker GET /login 303",
    "browser > accounts GET /oauth/v2/auth redirect",
    "browser > worker GET /callback 303",
    "worker > accounts POST /oauth/v2/token authorization_code 200",
    "browser > worker GET /api/crm/v8/Leads 200",
    "worker > vault RPC accessToken",
    "worker > api GET /crm/v8/Leads 200",
    "browser > worker GET /api/crm/v8/org 200",
    "worker > vault RPC accessToken",
    "vault > accounts POST /oauth/v2/token refresh_token 200",
    "worker > api GET /crm/v8/org 200",
    "browser > worker POST /api/disconnect 200",
    "vault > accounts POST /oauth/v2/revoke/token 200",
  ]);
});

test("the event of a failed request contains the error code", async () => {
  const browser = visitor();
  await browser.open();
  const { callback } = (await browser.post("/api/demo/forge")).body;
  await browser.get(callback);
  const stream = await browser.watch();
  assert.equal(
    line(await stream.until(isRequest("/callback"))),
    "browser > worker GET /callback 400 callback_mismatch",
  );
  await stream.close();

  await browser.connect();
  await browser.post("/api/demo/expire");
  fake.fail("token", "throttle");
  await browser.get(LEADS);
  const later = await browser.watch();
  await later.until(isRequest("/api/crm/v8/Leads"));
  await later.until(isRequest("accessToken", "worker"));
  await later.close();
  assert.deepEqual(linesOf(later.events).slice(-3), [
    "browser > worker GET /api/crm/v8/Leads 429 throttled",
    "worker > vault RPC accessToken throttled",
    "vault > accounts POST /oauth/v2/token refresh_token 400 throttled",
  ]);
});

test("a hundred calls at once are merged into a few events", async () => {
  const browser = visitor();
  await browser.connect();
  await browser.post("/api/demo/expire");
  await browser.post("/api/burst");
  const stream = await browser.watch();
  await stream.until(isRequest("/crm/v8/Leads", "worker"));
  await stream.close();
  assert.deepEqual(linesOf(stream.events).slice(-4), [
    "browser > worker POST /api/burst 200",
    "worker > vault RPC accessToken x100",
    "vault > accounts POST /oauth/v2/token refresh_token 200",
    "worker > api GET /crm/v8/Leads 200 x100",
  ]);
});

test("an event has a time, a duration if it has a response, and the host of a remote server", async () => {
  const browser = visitor();
  const start = Date.now();
  await browser.connect();
  await browser.get(LEADS);
  const stream = await browser.watch();
  await stream.until(isRequest("/crm/v8/Leads", "worker"));
  await stream.close();
  assert.ok(stream.events.length >= 7);
  for (const { at, durationMs, status, host, to } of stream.events) {
    assert.ok(Number.isInteger(at) && at >= start && at <= Date.now());
    if (status) assert.ok(Number.isInteger(durationMs) && durationMs >= 0);
    assert.equal(host !== undefined, to === "accounts" || to === "api");
    if (host) assert.match(host, /^127\.0\.0\.1:\d+$/);
  }
});

test("a browser that reconnects gets each missed event once, in order", async () => {
  const browser = visitor();
  await browser.connect();
  for (const path of ["/api/crm/v8/org", LEADS]) await browser.get(path);
  const first = await browser.watch();
  await first.until(isRequest("/crm/v8/Leads", "worker"));
  await first.close();
  assert.deepEqual(
    first.ids.map(Number),
    first.events.map(({ id }) => id),
  );
  assert.deepEqual(
    first.ids.map(Number),
    first.ids.map((_, index) => index + 1),
  );

  const resumed = await browser.watch(4);
  await resumed.until(isRequest("/crm/v8/Leads", "worker"));
  assert.deepEqual(resumed.events, first.events.slice(4));
  await browser.get("/api/crm/v8/org");
  const next = await resumed.until(({ id }) => id > first.events.length);
  assert.equal(next.id, first.events.length + 1);
  await resumed.close();
});

test("a browser with an unknown event id gets all events", async () => {
  const browser = visitor();
  await browser.connect();
  for (const id of ["9999", "-1", "x", ""]) {
    const stream = await browser.watch(/** @type {any} */ (id));
    assert.equal((await stream.until(() => true)).id, 1, id);
    await stream.close();
  }
});

test("only the latest 200 events are stored", async () => {
  const browser = visitor();
  await browser.connect();
  const vault = await world.vault(await browser.vaultName());
  const event = { at: 1, from: "worker", to: "vault", method: "RPC", path: "accessToken" };
  await vault.addEvents(Array(250).fill(event));
  const stored = await vault.events();
  const last = stored.at(-1).id;
  assert.deepEqual([stored.length, stored[0].id], [200, last - 199]);
});

test("a session does not get the events of another session", async () => {
  const [one, other] = [visitor(), visitor()];
  await other.open();
  const stream = await other.watch();
  await one.connect();
  await one.get(LEADS);
  await other.login();
  assert.equal(line(await stream.until(() => true)), "browser > worker GET /login 303");
  await stream.close();
});

test("a stream ends when its browser disconnects", async () => {
  const browser = visitor();
  await browser.connect();
  const vault = await world.vault(await browser.vaultName());
  const [first, second] = [await browser.watch(), await browser.watch()];
  await Promise.all([first, second].map((stream) => stream.until(() => true)));
  assert.equal(await vault.streamCount(), 2);
  await first.close();
  for (let tries = 0; (await vault.streamCount()) > 1; tries += 1) {
    assert.ok(tries < 1000, "the stream is still open");
    await vault.addEvents([{ at: 1, from: "worker", to: "vault", method: "RPC", path: "accessToken" }]);
  }
  assert.equal(await vault.streamCount(), 1);
  await second.close();
});

test("an eleventh stream of a session closes the oldest one", async () => {
  const browser = visitor();
  await browser.open();
  await browser.login();
  const streams = [];
  for (let count = 0; count < 11; count += 1) streams.push(await browser.watch());
  await streams[0]?.end();
  const vault = await world.vault(await browser.vaultName());
  assert.equal(await vault.streamCount(), 10);
  await Promise.all(streams.slice(1).map((stream) => stream.close()));
});

test("no event contains a token, code, state, verifier or secret", async () => {
  const browser = visitor();
  await browser.open();
  const first = await browser.watch();
  const consentUrl = await browser.login({ location: "in" });
  await first.until((event) => event.to === "accounts");
  const callback = fake.consent(consentUrl, { email: "emil@eu.example" });
  await browser.visit(callback);
  await first.end();
  const second = await browser.watch();
  await browser.post("/api/demo/expire");
  await browser.post("/api/burst", { count: 20 });
  await second.until(isRequest("/api/burst"));
  const { code } = (await browser.post("/api/demo/generate-code", { scope: "ZohoCRM.org.READ", location: "us" })).body;
  await browser.post("/api/self-client", { code, location: "us" });
  await second.end();
  const third = await browser.watch();
  const { callback: forged } = (await browser.post("/api/demo/forge")).body;
  await browser.get(forged);
  await third.until(isRequest("/callback"));
  await browser.post("/api/disconnect");
  await third.end();
  const fourth = await browser.watch();
  await fourth.until(isRequest("/api/disconnect"));
  await fourth.close();

  const secrets = new Set([...world.secrets, ...browser.cookies.values(), await browser.vaultName()]);
  for (const url of [consentUrl, callback, forged]) {
    for (const [name, value] of new URL(url, world.origin).searchParams) {
      if (["state", "code", "code_challenge"].includes(name)) secrets.add(value);
    }
  }
  assert.ok(secrets.size > 30 && secrets.has(code) && secrets.has("secret-of-the-web-client"));
  const text = [first, second, third, fourth].map((stream) => stream.text()).join("");
  assert.ok(text.includes("authorization_code") && text.includes("/callback") && text.includes("revoke"));
  for (const secret of secrets) assert.equal(text.includes(secret), false);
  assert.deepEqual(world.logged, []);
});
