// The security headers of every kind of response, and the attributes of the session cookie.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo } from "./support/demo.mjs";
import { visitor as plainVisitor } from "./support/visitor.mjs";

const world = await demo();
const { visitor } = world;

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const SECURITY_HEADERS = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "strict-transport-security": null,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** @param {Response} response @param {Record<string, string | null>} expected */
function hasHeaders({ headers }, expected) {
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, headers.get(name)]));
  assert.deepEqual(found, expected);
}

const page = await (await visitor().visit("/")).text();
const [, script = ""] = /<script[^>]* src="([^"]+)"/.exec(page) ?? [];

/** @type {[string, RequestInit, number, string | null, string | null][]} path, request, status, type, cache-control */
const RESPONSES = [
  ["/", {}, 200, "text/html; charset=utf-8", "public, max-age=0, must-revalidate"],
  ["/style.css", {}, 200, "text/css; charset=utf-8", "public, max-age=0, must-revalidate"],
  ["/icon.svg", {}, 200, "image/svg+xml", "public, max-age=0, must-revalidate"],
  [
    new URL(script, world.origin).pathname,
    {},
    200,
    "text/javascript; charset=utf-8",
    "public, max-age=31536000, immutable",
  ],
  ["/nothing", {}, 404, "text/html; charset=UTF-8", "no-store"],
  ["/nothing.css", {}, 404, "text/html; charset=UTF-8", "no-store"],
  ["/failed", {}, 404, "text/html; charset=UTF-8", "no-store"],
  ["/", { method: "POST" }, 404, "text/html; charset=UTF-8", "no-store"],
  ["/style.css", { method: "POST" }, 404, "text/html; charset=UTF-8", "no-store"],
  ["/login", {}, 303, null, "no-store"],
  ["/login?location=mars", {}, 400, "text/html; charset=UTF-8", "no-store"],
  ["/callback?state=a&code=b", {}, 303, null, "no-store"],
  ["/callback", { headers: { accept: "application/json" } }, 400, "application/json", "no-store"],
  ["/api/config", {}, 200, "application/json", "no-store"],
  ["/api/session", {}, 200, "application/json", "no-store"],
  ["/api/events", {}, 401, "application/json", "no-store"],
  ["/api/crm/v8/Leads", {}, 401, "application/json", "no-store"],
  ["/api/crm/v8/Leads", { method: "DELETE" }, 405, "application/json", "no-store"],
  ["/api/disconnect", {}, 404, "application/json", "no-store"],
  ["/api/disconnect", { method: "POST" }, 403, "application/json", "no-store"],
  ["/api/nothing.js", {}, 404, "application/json", "no-store"],
];

for (const [path, init, status, type, cache] of RESPONSES) {
  test(`${init.method ?? "GET"} ${path.replace(/-[\w-]+\.js$/, "-HASH.js")} ${status}`, async () => {
    const response = await visitor().visit(path, init);
    assert.equal(response.status, status);
    hasHeaders(response, { ...SECURITY_HEADERS, "content-type": type, "cache-control": cache });
  });
}

test("the event stream has the security headers", async () => {
  const browser = visitor();
  await browser.open();
  const { response, close } = await browser.watch();
  assert.equal(response.status, 200);
  hasHeaders(response, { ...SECURITY_HEADERS, "content-type": "text/event-stream", "cache-control": "no-store" });
  await close();
});

test("the page loads only files of its own origin, and has nothing inline", () => {
  assert.doesNotMatch(
    page,
    /<script(?![^>]* src="\.?\/[^/])|<style|\son\w+=|\sstyle=|javascript:|https?:\/\/(?!www\.w3\.org)/i,
  );
});

test("the session cookie is sealed, and scripts cannot read it", async () => {
  const [line = ""] = (await visitor().visit("/api/session")).headers.getSetCookie();
  assert.match(line, /^session=[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax$/);
});

test("a cookie that this Worker did not seal is rejected", async () => {
  const browser = visitor();
  await browser.open();
  const own = browser.cookies.get("session") ?? "";
  const at = own.length - 30;
  const foreign = plainVisitor({ ...world, keys: Buffer.alloc(32, 7).toString("base64url") });
  for (const value of [
    "",
    "x",
    own.slice(0, -1),
    `${own.slice(0, at)}${own[at] === "A" ? "B" : "A"}${own.slice(at + 1)}`,
  ]) {
    foreign.cookies.set("session", value);
    assert.equal((await foreign.get("/api/crm/v8/org")).body.error.code, "no_session", value.slice(-40));
  }
});

test("a request to another host name is redirected to the origin of the redirect URI", async () => {
  const { port } = new URL(world.origin);
  for (const path of ["/?a=b", "/login?location=eu", "/api/session", "/callback?code=a&state=b"]) {
    const response = await fetch(`http://localhost:${port}${path}`, { redirect: "manual" });
    assert.deepEqual([response.status, response.headers.get("location")], [308, world.origin + path]);
    // The URL may be a callback, and its code must not be cached.
    assert.equal(response.headers.get("cache-control"), "no-store");
    hasHeaders(response, SECURITY_HEADERS);
  }
});
