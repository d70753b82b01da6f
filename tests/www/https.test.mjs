// The Worker as on Cloudflare: over https, and without the fake.

import assert from "node:assert/strict";
import { test } from "node:test";
import { demo } from "./support/demo.mjs";

const ORIGIN = "https://demo.example";
const world = await demo({ variables: { ORIGIN }, controls: false });
const { dispatch } = world;

/** @param {string} path @param {string} cookie */
const post = (path, cookie) => {
  const headers = { origin: ORIGIN, cookie, "content-type": "application/json" };
  return dispatch(ORIGIN + path, { method: "POST", headers, body: "{}" });
};

test("cookies have the __Host- prefix, and responses have Strict-Transport-Security", async () => {
  const session = await dispatch(`${ORIGIN}/api/session`);
  const [cookie = ""] = session.headers.getSetCookie();
  assert.match(cookie, /^__Host-session=[\w.-]+; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  assert.equal(session.headers.get("strict-transport-security"), "max-age=31536000");

  const login = await dispatch(`${ORIGIN}/login`);
  const names = login.headers.getSetCookie().map((line) => line.split("=")[0]);
  assert.equal(names.length, 2);
  for (const name of names) assert.match(name ?? "", /^__Host-(?:session|grantkit-[0-4])$/);
  const { searchParams } = new URL(login.headers.get("location") ?? "");
  assert.equal(searchParams.get("redirect_uri"), `${ORIGIN}/callback`);
});

test("request headers do not change the redirect URI", async () => {
  const headers = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "http", forwarded: "host=evil.example" };
  const login = await dispatch(`${ORIGIN}/login`, { headers });
  assert.equal(new URL(login.headers.get("location") ?? "").searchParams.get("redirect_uri"), `${ORIGIN}/callback`);
  const elsewhere = await dispatch("https://evil.example/login");
  assert.deepEqual([elsewhere.status, elsewhere.headers.get("location")], [308, `${ORIGIN}/login`]);
});

test("without the fake there are no demo controls, and the configuration says so", async () => {
  const config = await (await dispatch(`${ORIGIN}/api/config`)).json();
  assert.equal(config.fake, false);
  assert.equal("users" in config, false);

  const session = await dispatch(`${ORIGIN}/api/session`);
  const [cookie = ""] = session.headers.getSetCookie().map((line) => line.split(";")[0] ?? "");
  for (const control of ["generate-code", "expire", "fail", "revoke", "forge", "reset", "describe", "toString"]) {
    const { status } = await post(`/api/demo/${control}`, cookie);
    assert.equal(status, 404, control);
  }
});
