// What `npm start` runs after the build, as a program of its own: its lines, its page, its end.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, before } from "node:test";
import { browser, text } from "./support/browser.mjs";
import { settled, showsToken, start } from "./support/program.mjs";

const ORIGIN = /in a browser: (http:\/\/127\.0\.0\.1:(\d+))\//;
const HOSTS = "from http://127.0.0.1:PORT for http://127.0.0.1:PORT";
const REVOKED =
  "reauthorization_required: invalid_code from 127.0.0.1:PORT: the refresh token is revoked, replaced or of another client or data centre; send the user through a new authorization request";
const LINES = [
  "Self Client at a fake Zoho on loopback, data centre eu",
  `exchange the code     access token … for 60 min, refresh token …, ${HOSTS}`,
  `refresh               access token … for 60 min, refresh token …, ${HOSTS}`,
  "read three leads      Juniper Health, Kestrel Travel, Kestrel Travel",
  "revoke                Zoho takes the refresh token no more",
  `refresh once more     ${REVOKED}`,
  "",
  "Web flow at a fake Zoho on loopback, client of data centre us, user of data centre eu",
  "send the user         http://127.0.0.1:PORT/oauth/v2/auth",
  "the user approves     http://127.0.0.1:PORT/callback is called with location=eu",
  `exchange the code     access token … for 60 min, refresh token …, ${HOSTS}`,
  "read leads            Kestrel Travel, Juniper Health, Harbour Print, Kestrel Travel, Bluefin Foods",
  "an hour later         INVALID_TOKEN: the CRM answers HTTP 401, invalid oauth token: the access token is expired or revoked; refresh it",
  `refresh               access token … for 60 min, refresh token …, ${HOSTS}`,
  "read organisation     Fake Company, Germany",
  "revoke                Zoho takes the refresh token no more",
  `refresh once more     ${REVOKED}`,
  "",
  "The same in a browser: http://127.0.0.1:PORT/ (Ctrl-C ends it)",
];

/** @type {ReturnType<typeof start>} */
let program;
let origin = "";
let port = "";

before(async () => {
  program = start(["www/start.mjs"], { PORT: "0" });
  [, origin = "", port = ""] = await program.line(ORIGIN);
});

after(async () => {
  await program.end("SIGKILL");
});

test("each step is a line with its time, and no line has a token in clear", () => {
  assert.deepEqual(settled(program.lines), LINES);
  const steps = program.lines.filter((line) => / {2}(revoke|refresh|read|exchange|send|the user|an hour)/.test(line));
  assert.equal(steps.length, 14);
  for (const line of steps) assert.match(line, /^ *\d+\.\d ms {2}\S/);
  assert.equal(showsToken(program.lines.join("\n")), false);
});

test("a refresh brings another access token and keeps the refresh token; exchange and refresh go to one data centre", () => {
  for (const first of [1, 10]) {
    const shown = [first, program.lines.findIndex((line, index) => index > first && / refresh {2}/.test(line))];
    const [issued, refreshed] = shown.map((index) => {
      return /access token (\S+) .* refresh token (\S+), from (\S+) for (\S+)/
        .exec(program.lines[index] ?? "")
        ?.slice(1);
    });
    assert.notEqual(issued?.[0], refreshed?.[0]);
    assert.deepEqual(issued?.slice(1), refreshed?.slice(1));
  }
});

test("the page says what it is, and allows itself no script", async () => {
  const response = await fetch(`${origin}/`);
  assert.equal(response.status, 200);
  assert.deepEqual(
    response.headers
      .get("content-security-policy")
      ?.replace(/127\.0\.0\.1:\d+/, "ZOHO")
      .split("; "),
    [
      "default-src 'none'",
      "style-src 'self'",
      "img-src 'self'",
      "form-action 'self' http://ZOHO",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ],
  );
  assert.equal(response.headers.get("set-cookie"), null);
  const page = await response.text();
  assert.match(page, /<html lang="en">/);
  assert.match(text(page), /^grantkit An OAuth 2\.0 client, here in the web flow with Zoho\. This Zoho is a fake/);
  assert.match(text(page), /Connect a Zoho account .* Connect$/);
  for (const [, path = ""] of page.matchAll(/<link [^>]*href="([^"]+)"/g)) {
    assert.equal((await fetch(origin + path)).status, 200, path);
  }
});

test("a user of another data centre connects, refreshes and disconnects", async () => {
  const { page, press, consent, visit, cookies } = browser(origin);
  const callback = await consent({ user: "yuki@jp.example", decision: "approve" });
  const before = cookies.get("grantkit-demo");
  const answer = await visit(callback);
  assert.equal(answer.status, 303);
  assert.equal(answer.headers.get("location"), "/");
  assert.match(
    answer.headers.get("set-cookie") ?? "",
    /^grantkit-demo=[0-9a-f-]{36}; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  assert.notEqual(cookies.get("grantkit-demo"), before, "a session has a new name once it holds tokens");

  const connected = await page();
  assert.match(
    text(connected),
    /^grantkit .* Connected\. The code was checked and exchanged\. What Zoho granted Data centre jp /,
  );
  assert.match(text(connected), / Scopes ZohoCRM\.modules\.leads\.READ ZohoCRM\.org\.READ /);
  assert.match(text(connected), / Access token …[0-9a-f]{4} , for 60 more minutes, until \d\d:\d\d UTC /);
  assert.match(
    text(connected),
    / The newest leads of Fake Company, Japan Name Company City Status Tomas Chen Harbour Print Nagoya /,
  );
  assert.equal(connected.match(/<tr>/g)?.length, 6);
  assert.equal(showsToken(connected), false);

  assert.deepEqual(await press("/refresh"), { status: 303, location: "/" });
  const refreshed = await page();
  assert.match(text(refreshed), /Refreshed\. The access token is a new one, the refresh token the same\./);
  const [old, current] = [connected, refreshed].map((html) => [...html.matchAll(/…[0-9a-f]{4}/g)].map(([end]) => end));
  assert.notEqual(old?.[0], current?.[0]);
  assert.equal(old?.[1], current?.[1]);

  assert.deepEqual(await press("/disconnect"), { status: 303, location: "/" });
  assert.match(
    text(await page()),
    /Disconnected\. The grant is revoked, and its tokens are forgotten\. Connect a Zoho account/,
  );
});

test("the eleventh refresh in ten minutes is an error that says when it may succeed", async () => {
  const { page, press, consent, visit } = browser(origin);
  await visit(await consent({ user: "wei@cn.example", decision: "approve" }));
  for (let count = 0; count < 11; count += 1) await press("/refresh");
  assert.match(
    text(await page()),
    /throttled 127\.0\.0\.1:\d+ takes no more requests for now: wait, and reuse an access token until it expires\. It may succeed in 10 minutes\. What Zoho granted Data centre cn /,
  );
});

test("a refusal is an error with its code and the next step", async () => {
  const { page, consent, visit } = browser(origin);
  await visit(await consent({ user: "ada@us.example", decision: "refuse" }));
  assert.match(
    text(await page()),
    /authorization_response access_denied from 127\.0\.0\.1:\d+: the user, or the server, refused: ask again when the user wants to\. Connect a Zoho account/,
  );
});

test("a callback serves once, and only the browser that began", async () => {
  const [one, other] = [browser(origin), browser(origin)];
  const callback = await one.consent({ user: "ada@us.example", decision: "approve" });
  await other.visit(callback);
  const refused = /callback_mismatch the attempt's Pending is absent or incomplete: .* Connect a Zoho account/;
  assert.match(text(await other.page()), refused);
  await one.visit(callback);
  assert.match(text(await one.page()), /Connected\..* Data centre us /);
  await one.visit(callback);
  assert.match(text(await one.page()), /callback_mismatch the attempt's Pending is absent/);
});

test("a form of another site does nothing", async () => {
  const { consent, visit, page, cookies } = browser(origin);
  await visit(await consent({ user: "ada@us.example", decision: "approve" }));
  const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
  const headers = { cookie, origin: "http://127.0.0.1:1", "content-type": "application/x-www-form-urlencoded" };
  const { status } = await fetch(`${origin}/disconnect`, { method: "POST", headers });
  assert.equal(status, 403);
  assert.match(text(await page()), /Data centre us /);
});

test("another name of this machine leads to the one that the redirect URI has", async () => {
  const { status, headers } = await fetch(`http://localhost:${port}/?a=b`, { redirect: "manual" });
  assert.equal(status, 302);
  assert.equal(headers.get("location"), `${origin}/?a=b`);
});

test("a busy port gives way to the next, with a line that says so", async (t) => {
  const busy = createServer();
  t.after(() => busy.close());
  await new Promise((resolve) => busy.listen(0, "127.0.0.1", () => resolve(undefined)));
  const taken = /** @type {import("node:net").AddressInfo} */ (busy.address()).port;
  const second = start(["www/start.mjs"], { PORT: `${taken}` });
  t.after(() => second.end("SIGKILL"));
  const [, , found] = await second.line(ORIGIN);
  assert.ok(second.lines.includes(`Port ${taken} is busy, trying ${taken + 1}.`), second.lines.join("\n"));
  assert.ok(Number(found) > taken);
  const { code, signal, errors } = await second.end("SIGTERM");
  assert.deepEqual({ code, signal, errors }, { code: 0, signal: null, errors: "" });
});

test("a PORT that is none ends it before its first step", async () => {
  const { code, lines, errors } = await start(["www/start.mjs"], { PORT: "seven" }).ended;
  assert.deepEqual({ code, lines }, { code: 2, lines: [] });
  assert.equal(errors, 'PORT has to be a number from 0 to 65535, and is "seven".\n');
});

test("Ctrl-C ends it cleanly, with a browser connected", async () => {
  await fetch(`${origin}/`);
  const { code, signal, lines, errors } = await program.end("SIGINT");
  assert.deepEqual({ code, signal, errors }, { code: 0, signal: null, errors: "" });
  assert.equal(lines.at(-1), "ended");
  await assert.rejects(fetch(`${origin}/`), TypeError);
});
