// The CRM through the Worker: which parts of requests and responses are forwarded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo } from "./support/demo.mjs";
import { LEADS } from "./support/visitor.mjs";

const world = await demo();
const { fake, visitor, api } = world;
const browser = visitor();
await browser.connect();

const JSON_TYPE = { "content-type": "application/json" };

/**
 * Calls the CRM, whose API gives this response.
 *
 * @param {BodyInit | null} body
 * @param {ResponseInit} init
 */
async function visitWithResponse(body, init) {
  world.intercept(async (url, request) => (url.startsWith(api.eu) ? new Response(body, init) : fetch(url, request)));
  try {
    return await browser.visit(LEADS);
  } finally {
    world.intercept();
  }
}

test("the query and the response body are forwarded unchanged", async () => {
  const { status, body } = await browser.get("/api/crm/v8/Leads?fields=Company&per_page=1&page=2");
  assert.equal(world.sent.at(-1)?.url, `${api.eu}/crm/v8/Leads?fields=Company&per_page=1&page=2`);
  assert.deepEqual([status, body.data.length, body.info.page], [200, 1, 2]);

  const type = "application/vnd.zoho+json;charset=UTF-8";
  const response = await visitWithResponse('{ "a": "\\u00fc \u00fc" }\n', {
    status: 203,
    headers: { "content-type": type },
  });
  assert.deepEqual([response.status, response.headers.get("content-type")], [203, type]);
  assert.equal(await response.text(), '{ "a": "\\u00fc \u00fc" }\n');
});

test("only two request headers are forwarded, and the token is the vault's", async () => {
  const headers = {
    accept: "application/json",
    "accept-language": "de",
    authorization: "Zoho-oauthtoken mine",
    "if-modified-since": "Mon, 05 Jan 2026 09:00:00 GMT",
    "x-com-zoho-crm-organizationid": "1",
    "x-forwarded-for": "192.0.2.1",
  };
  await browser.visit(LEADS, { headers });
  const sent = Object.fromEntries(world.sent.at(-1)?.headers ?? []);
  const { authorization = "", ...rest } = sent;
  assert.match(authorization, /^Zoho-oauthtoken 1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/);
  for (const name of ["cookie", "accept-language", "x-com-zoho-crm-organizationid", "x-forwarded-for", "referer"]) {
    assert.equal(name in rest, false, name);
  }
  assert.deepEqual([rest.accept, rest["if-modified-since"]], [headers.accept, headers["if-modified-since"]]);
});

test("only the response headers about the body are forwarded", async () => {
  const headers = {
    ...JSON_TYPE,
    "last-modified": "Mon, 05 Jan 2026 09:00:00 GMT",
    "set-cookie": "session=planted; Path=/",
    "access-control-allow-origin": "*",
    "content-security-policy": "default-src *",
    "cache-control": "public, max-age=600",
    connection: "close",
    "x-api": "zoho",
  };
  const response = await visitWithResponse("{}", { headers });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("last-modified"), headers["last-modified"]);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.match(response.headers.get("content-security-policy") ?? "", /^default-src 'none'/);
  for (const name of ["set-cookie", "access-control-allow-origin", "connection", "x-api"]) {
    assert.equal(response.headers.get(name), null, name);
  }
});

test("a response without a body is forwarded without one", async () => {
  for (const status of [204, 304]) {
    const response = await visitWithResponse(null, { status });
    assert.deepEqual([response.status, await response.text()], [status, ""]);
  }
});

test("an error response of the CRM is forwarded with its status", async () => {
  const response = await browser.visit("/api/crm/v8/Nothing?fields=id");
  assert.equal(response.status, 400);
  assert.equal((await response.json()).code, "INVALID_MODULE");
});

test("a response that is not JSON is not served from this origin", async () => {
  for (const [type, status] of /** @type {const} */ ([
    ["text/html", 200],
    ["text/html;charset=UTF-8", 500],
    ["image/svg+xml", 200],
    ["text/html; x=application/json", 200],
  ])) {
    const response = await visitWithResponse("<script>alert(1)</script>", {
      status,
      headers: { "content-type": type },
    });
    assert.equal(response.status, 502, type);
    const { error } = await response.json();
    assert.deepEqual([error.code, error.retryable], ["unexpected_response", true]);
  }
});

test("the Worker follows no redirect of the API", async () => {
  const before = world.sent.length;
  const headers = { location: "https://elsewhere.example/internal" };
  const response = await visitWithResponse(null, { status: 302, headers });
  assert.equal(response.status, 502);
  assert.equal((await response.json()).error.code, "unexpected_response");
  assert.equal(response.headers.get("location"), null);
  assert.deepEqual(
    world.sent.slice(before).map(({ url }) => new URL(url).origin),
    [api.eu],
  );
});

test("a response that is too large is an error, and not forwarded in part", async () => {
  const most = 4 * 1024 * 1024;
  const response = await visitWithResponse(" ".repeat(most + 1), { headers: JSON_TYPE });
  assert.equal(response.status, 502);
  assert.equal((await response.json()).error.code, "malformed_response");
  assert.equal((await (await visitWithResponse(" ".repeat(most), { headers: JSON_TYPE })).text()).length, most);
});

for (const [path, forwarded] of [
  ["/api/crm", undefined],
  ["/api/crm/", undefined],
  ["/api/crm/v8/Leads/", undefined],
  ["/api/crm//evil.example/x", undefined],
  ["/api/crm/v8/..%2F..%2Foauth", undefined],
  ["/api/crm/v8/%2e%2e%2fx", undefined],
  ["/api/crm/v8/Leads%00", undefined],
  ["/api/crm/v8/.../x", undefined],
  ["/api/crm/v8/a%5Cb", undefined],
  ["/api/crm/v8/a;b", undefined],
  ["/api/crm/v8/Leads/../org", "/crm/v8/org"],
  ["/api/crm/v8/org?x=/../..%2f", "/crm/v8/org?x=/../..%2f"],
]) {
  test(`${path} ${forwarded ? `is forwarded as ${forwarded}` : "is not forwarded"}`, async () => {
    const before = world.sent.length;
    const { status } = await browser.visit(path ?? "");
    const urls = world.sent.slice(before).map(({ url }) => url);
    assert.deepEqual(urls, forwarded ? [api.eu + forwarded] : []);
    assert.equal(status, forwarded ? 200 : 404);
  });
}

test("a path that leaves /api/crm is not forwarded", async () => {
  for (const path of ["/api/crm/../oauth/v2/token", "/api/crm/%2e%2e/oauth"]) {
    const before = world.sent.length;
    assert.equal((await browser.visit(path)).status, 404);
    assert.equal(world.sent.length, before);
  }
});

test("only GET requests are forwarded", async () => {
  const before = world.sent.length;
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const response = await browser.visit(LEADS, { method, headers: { origin: world.origin } });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET"], method);
    assert.equal((await response.json()).error.code, "method_not_allowed");
  }
  assert.equal(world.sent.length, before);
});

test("the error for a missing scope names the granted scopes", async () => {
  const { status, body } = await browser.get("/api/crm/v8/users?type=CurrentUser");
  assert.deepEqual([status, body.error.code], [403, "insufficient_scope"]);
  assert.match(body.error.message, /ZohoCRM\.modules\.leads\.READ ZohoCRM\.org\.READ/);
});

test("a token that the API rejects is refreshed once, and the call is repeated", async () => {
  const before = world.tokenRequests("refresh_token");
  fake.fail("api", "invalid_token");
  assert.equal((await browser.get(LEADS)).status, 200);
  assert.equal(world.tokenRequests("refresh_token"), before + 1);
});

test("the error for an unreachable API contains no token", async () => {
  world.intercept(async (url, init) => {
    if (!url.startsWith(api.eu)) return fetch(url, init);
    throw new TypeError(`no route for ${new Headers(init.headers).get("authorization")}`);
  });
  const { status, body } = await browser.get(LEADS);
  world.intercept();
  assert.ok(status >= 500);
  for (const secret of world.secrets) assert.equal(JSON.stringify(body).includes(secret), false);
});
