// The demo controls: how grantkit handles each failure, and which error the application gets.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { demo } from "./support/demo.mjs";
import { LEADS } from "./support/visitor.mjs";

const world = await demo();
const { fake, visitor } = world;
/** @type {ReturnType<typeof visitor>} */
let browser;

beforeEach(async () => {
  // Zoho issues at most ten codes to a client in ten minutes.
  fake.advance(600);
  browser = visitor();
  await browser.open();
});

test("the configuration lists the options of the page", async () => {
  const { body } = await browser.get("/api/config");
  const { users, scopes, locations, ...rest } = body;
  assert.deepEqual(rest, {
    fake: true,
    location: "us",
    client_id: "1000.WEBCLIENT",
    redirect_uri: `${world.origin}/callback`,
    self_client: true,
    budget: { requests: 10, seconds: 600 },
  });
  assert.deepEqual(Object.keys(users), locations);
  assert.deepEqual(scopes[0], { scope: "ZohoCRM.modules.leads.READ", label: "Read leads" });
});

test("expire moves the clocks of the vault and of Zoho by an hour, and the next call refreshes", async () => {
  await browser.connect();
  const before = await browser.session();
  const { body: expired } = await browser.post("/api/demo/expire");
  assert.ok(expired.now - before.now >= 3600 && expired.expires_at <= expired.now);
  assert.equal(expired.connected, true);
  assert.equal((await browser.get(LEADS)).status, 200);
  const after = await browser.session();
  assert.ok(after.expires_at - after.now > 3590);
  assert.notEqual(after.access_token, before.access_token);
  assert.equal(after.refresh_token, before.refresh_token);
});

test("a hundred calls at once share one refresh", async () => {
  await browser.connect();
  await browser.post("/api/demo/expire");
  const before = world.tokenRequests("refresh_token");
  const { durationMs, ...rest } = (await browser.post("/api/burst", { count: 100 })).body;
  assert.deepEqual(rest, { requests: 100, succeeded: 100, token_requests: 1, failures: {} });
  assert.ok(Number.isInteger(durationMs));
  assert.equal(world.tokenRequests("refresh_token"), before + 1);
  const again = (await browser.post("/api/burst", { count: 3 })).body;
  assert.deepEqual([again.requests, again.succeeded, again.token_requests], [3, 3, 0]);
});

test("a burst calls a path that the scope allows, and its size is limited", async () => {
  await browser.connect("emil@eu.example", { scope: "ZohoCRM.org.READ" });
  assert.equal((await browser.post("/api/burst", { count: 2 })).body.succeeded, 2);
  assert.equal(new URL(world.sent.at(-1)?.url ?? "").pathname, "/crm/v8/org");
  for (const count of [0, 101, 1.5, "5", null]) {
    const { status, body } = await browser.post("/api/burst", { count });
    assert.deepEqual([status, body.error.code], [400, "bad_request"], `${count}`);
  }
});

test("the failed calls of a burst are counted by error code", async () => {
  await browser.connect();
  await browser.post("/api/demo/expire");
  await browser.post("/api/demo/fail", { endpoint: "token", how: "http_500_html", times: 1 });
  const { succeeded, failures, token_requests } = (await browser.post("/api/burst", { count: 20 })).body;
  assert.deepEqual([succeeded, failures, token_requests], [0, { unexpected_response: 20 }, 1]);
});

test("a server that throttles gets no request before retryAfter", async () => {
  await browser.connect();
  await browser.post("/api/demo/expire");
  assert.equal((await browser.post("/api/demo/fail", { endpoint: "token", how: "throttle", times: 1 })).status, 200);
  const first = await browser.visit(LEADS);
  assert.equal(first.status, 429);
  const { error } = await first.json();
  assert.deepEqual([error.code, error.retryable], ["throttled", true]);
  assert.ok(error.retryAfter > 0 && error.retryAfter <= 600);
  assert.equal(first.headers.get("retry-after"), `${error.retryAfter}`);

  const session = await browser.session();
  assert.deepEqual([session.connected, session.failure], [true, "throttled"]);
  assert.ok(session.retry_at > session.now);

  const before = world.tokenRequests("refresh_token");
  assert.equal((await browser.get(LEADS)).status, 429);
  assert.equal(world.tokenRequests("refresh_token"), before, "no further token request is sent");

  const { body: free } = await browser.post("/api/demo/reset");
  assert.deepEqual([free.failure, free.retry_at, free.requests_left], [undefined, undefined, 10]);
  assert.equal((await browser.get(LEADS)).status, 200);
});

test("an HTML page with status 500 does not end the connection", async () => {
  await browser.connect();
  await browser.post("/api/demo/expire");
  await browser.post("/api/demo/fail", { endpoint: "token", how: "http_500_html", times: 1 });
  const { status, body } = await browser.get(LEADS);
  assert.deepEqual([status, body.error.code, body.error.retryable], [502, "unexpected_response", true]);
  const session = await browser.session();
  assert.deepEqual([session.connected, session.failure], [true, "unexpected_response"]);
  await browser.post("/api/demo/reset");
  assert.equal((await browser.get(LEADS)).status, 200);
});

test("a reset cancels planned failures", async () => {
  await browser.connect();
  for (const endpoint of ["token", "api"]) {
    await browser.post("/api/demo/fail", { endpoint, how: "http_500_html", times: 9 });
  }
  await browser.post("/api/demo/reset");
  await browser.post("/api/demo/expire");
  assert.equal((await browser.get(LEADS)).status, 200);
});

test("an error response of the API is forwarded", async () => {
  await browser.connect();
  await browser.post("/api/demo/fail", { endpoint: "api", how: "too_many_requests", times: 1 });
  const { status, body } = await browser.get(LEADS);
  assert.deepEqual([status, body.code], [429, "TOO_MANY_REQUESTS"]);
});

test("after a revocation at Zoho the user has to connect again, and can", async () => {
  await browser.connect();
  assert.equal((await browser.post("/api/demo/revoke")).status, 200);
  const { status, body } = await browser.get(LEADS);
  assert.deepEqual([status, body.error.code], [401, "reauthorization_required"]);
  assert.match(body.error.message, /new authorization request/);
  const session = await browser.session();
  assert.deepEqual([session.connected, session.failure], [false, "reauthorization_required"]);

  await browser.connect();
  assert.equal((await browser.get(LEADS)).status, 200);
});

test("disconnect revokes the grant and starts an empty session", async () => {
  await browser.connect();
  const previous = await browser.vaultName();
  const { status, body } = await browser.post("/api/disconnect");
  assert.deepEqual([status, body], [200, {}]);
  assert.equal(fake.log.at(-1)?.path, "/oauth/v2/revoke/token");
  assert.equal(fake.log.at(-1)?.status, 200);
  assert.notEqual(await browser.vaultName(), previous);
  assert.equal((await browser.session()).connected, false);
  assert.equal((await browser.get(LEADS)).body.error.code, "reauthorization_required");
});

test("a disconnect whose revocation fails keeps the grant and reports the error", async () => {
  await browser.connect();
  const previous = await browser.vaultName();
  fake.fail("revoke", "http_503", 2);
  const { status, body } = await browser.post("/api/disconnect");
  assert.deepEqual([status, body.error.code], [502, "unexpected_response"]);
  assert.equal(await browser.vaultName(), previous);
  assert.equal((await browser.get(LEADS)).status, 200);
  await browser.post("/api/demo/reset");
  assert.equal((await browser.post("/api/disconnect")).status, 200);
});

test("a Self Client's code is exchanged for a grant, once", async () => {
  const scope = "ZohoCRM.modules.leads.READ";
  const { code, expires_at } = (await browser.post("/api/demo/generate-code", { scope, location: "us", seconds: 600 }))
    .body;
  const { now } = await browser.session();
  assert.ok(expires_at - now > 590 && expires_at - now <= 600);
  assert.match(code, /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/);

  assert.deepEqual(await browser.post("/api/self-client", { code: ` ${code}\n`, location: "us" }), {
    status: 200,
    body: {},
  });
  const session = await browser.session();
  assert.deepEqual([session.connected, session.kind, session.location, session.scope], [true, "self", "us", scope]);
  await browser.post("/api/demo/expire");
  assert.equal((await browser.get(LEADS)).status, 200, "refreshed by the Self Client");

  const again = await browser.post("/api/self-client", { code, location: "us" });
  assert.deepEqual([again.status, again.body.error.code], [400, "code_rejected"]);
  assert.equal((await browser.session()).kind, "self", "the grant stays");
});

test("a Self Client's code that is expired, malformed or of another data centre is rejected with the reason", async () => {
  const scope = "ZohoCRM.org.READ";
  const { code } = (await browser.post("/api/demo/generate-code", { scope, location: "us" })).body;
  await browser.post("/api/demo/expire");
  for (const [request, status, errorCode, message] of /** @type {[object, number, string, RegExp][]} */ ([
    [{ code, location: "us" }, 400, "code_rejected", /generate a new/],
    [{ code, location: "eu" }, 500, "client_rejected", /secret of the user.s data centre/],
    [{ code, location: "mars" }, 400, "bad_request", /choose from us, eu/],
    [{ code: "", location: "us" }, 400, "bad_request", /generate one/],
    [{ location: "us" }, 400, "bad_request", /generate one/],
    [{ code: 5, location: "us" }, 400, "bad_request", /generate one/],
    [{ code: "1000.a\nb", location: "us" }, 400, "bad_request", /paste it again/],
    [{ code: "1000.a\0b", location: "us" }, 400, "bad_request", /paste it again/],
  ])) {
    const { status: found, body } = await browser.post("/api/self-client", request);
    assert.deepEqual([found, body.error.code], [status, errorCode], JSON.stringify(request));
    assert.match(body.error.message, message);
  }
  assert.equal((await browser.session()).connected, false);
});

test("a control rejects invalid parameters with the reason", async () => {
  for (const [control, parameters, message] of /** @type {[string, object, RegExp][]} */ ([
    ["generate-code", { scope: "nonsense", location: "us" }, /scopes such as ZohoCRM\.modules\.ALL/],
    ["generate-code", { scope: "ZohoCRM.org.READ", location: "eu" }, /./],
    ["generate-code", { scope: "ZohoCRM.org.READ", location: "us", seconds: -1 }, /seconds is -1: pass a whole number/],
    ["fail", { endpoint: "token", how: "explode" }, /use one of .*http_500_html/],
    ["fail", { endpoint: "moon", how: "throttle" }, /./],
  ])) {
    const { status, body } = await browser.post(`/api/demo/${control}`, parameters);
    assert.deepEqual([status, body.error.code], [400, "bad_request"], JSON.stringify(parameters));
    assert.match(body.error.message, message);
  }
  for (const control of ["describe", "advance", "heal", "toString", "constructor"]) {
    assert.equal((await browser.post(`/api/demo/${control}`)).status, 404, control);
  }
});

test("the Worker logged nothing", () => assert.deepEqual(world.logged, []));
