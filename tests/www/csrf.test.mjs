// Protection against cross-site request forgery: only the page may send requests that change state.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo } from "./support/demo.mjs";
import { LEADS } from "./support/visitor.mjs";

const world = await demo();
const { visitor, origin } = world;

const browser = visitor();
await browser.connect();
const { port } = new URL(origin);

/** @type {[Record<string, string>, boolean][]} */
const SENDERS = [
  [{ origin }, true],
  [{ origin, "sec-fetch-site": "same-origin" }, true],
  [{ "sec-fetch-site": "same-origin" }, true],
  [{}, false],
  [{ origin: "null" }, false],
  [{ origin: "https://evil.example" }, false],
  [{ origin: `${origin}.evil.example` }, false],
  [{ origin: `http://127.0.0.1:${Number(port) + 1}` }, false],
  [{ origin: `http://localhost:${port}` }, false],
  [{ origin: origin.replace("http:", "https:") }, false],
  [{ origin: `${origin}/` }, false],
  [{ origin: origin.toUpperCase() }, false],
  [{ origin: "https://evil.example", "sec-fetch-site": "same-origin" }, false],
  [{ "sec-fetch-site": "cross-site" }, false],
  [{ "sec-fetch-site": "same-site" }, false],
  [{ "sec-fetch-site": "none" }, false],
];
/** The body is invalid, so that a request that passes the origin check changes nothing. */
const ROUTES = ["/api/self-client", "/api/burst", "/api/demo/generate-code", "/api/demo/fail"];

for (const [headers, mayPass] of SENDERS) {
  test(`${JSON.stringify(headers).replaceAll(port, "PORT")} ${mayPass ? "is accepted" : "is rejected"}`, async () => {
    for (const path of ROUTES) {
      const init = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: '{"count":0}' };
      const { status } = await browser.visit(path, init);
      assert.equal(status, mayPass ? 400 : 403, path);
    }
  });
}

test("a form on another site cannot disconnect, expire, revoke or reset", async () => {
  const before = await browser.session();
  const headers = { origin: "https://evil.example", "content-type": "application/x-www-form-urlencoded" };
  for (const path of ["disconnect", "demo/expire", "demo/revoke", "demo/reset", "demo/forge"]) {
    const response = await browser.visit(`/api/${path}`, { method: "POST", headers, body: "a=b" });
    assert.equal(response.status, 403, path);
    assert.deepEqual(response.headers.getSetCookie(), []);
  }
  const { now, ...after } = await browser.session();
  assert.deepEqual(after, (({ now: _, ...rest }) => rest)(before));
  assert.ok(now - before.now < 600);
  assert.equal((await browser.get(LEADS)).status, 200);
});

test("a route that changes state accepts only POST", async () => {
  for (const path of ["disconnect", "self-client", "burst", "demo/expire", "demo/revoke", "demo/reset", "demo/forge"]) {
    assert.equal((await browser.get(`/api/${path}`)).status, 404, path);
  }
  assert.equal((await browser.get(LEADS)).status, 200);
});

test("another site cannot start a login", async () => {
  for (const [site, status] of /** @type {const} */ ([
    ["same-origin", 303],
    ["none", 303],
    ["same-site", 403],
    ["cross-site", 403],
  ])) {
    const response = await visitor().visit("/login", { headers: { "sec-fetch-site": site } });
    assert.equal(response.status, status, site);
    assert.equal(response.headers.getSetCookie().length, status === 303 ? 2 : 0);
  }
});

test("a request without a session is rejected", async () => {
  for (const path of ["disconnect", "self-client", "burst", "demo/expire", "demo/revoke", "demo/forge"]) {
    const { status, body } = await visitor().post(`/api/${path}`);
    assert.deepEqual([status, body.error.code], [401, "no_session"], path);
  }
});

test("a body that is too large or not a JSON object is rejected", async () => {
  const headers = { origin, "content-type": "application/json" };
  for (const [body, status] of /** @type {const} */ ([
    ["", 400],
    ["null", 400],
    ["[", 400],
    ['"code"', 400],
    [JSON.stringify({ code: "x".repeat(20_000) }), 413],
  ])) {
    const response = await browser.visit("/api/self-client", { method: "POST", headers, body });
    assert.equal(response.status, status, body.slice(0, 20));
  }
});
