// The program of `npm start`: its output, its page, its end. tests/www covers the demo.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import test, { after, before } from "node:test";
import { build } from "../www/build.mjs";
import { settled, showsToken, start } from "./support/program.mjs";

const ORIGIN = /in a browser: (http:\/\/127\.0\.0\.1:(\d+))\//;
const HOSTS = "from http://127.0.0.1:PORT for http://127.0.0.1:PORT";
const REVOKED =
  "reauthorization_required: invalid_code from 127.0.0.1:PORT, so the refresh token is revoked, replaced, or of another client or region: send the user through a new authorization request";
const LINES = [
  "Self Client at a fake Zoho on loopback, data centre eu",
  `exchange the code     access token … for 60 min, refresh token …, ${HOSTS}`,
  `refresh               access token … for 60 min, refresh token …, ${HOSTS}`,
  "read three leads      Juniper Health, Kestrel Travel, Kestrel Travel",
  "revoke                Zoho no longer accepts the refresh token",
  `refresh once more     ${REVOKED}`,
  "",
  "Web flow at a fake Zoho on loopback, client of data centre us, user of data centre eu",
  "send the user         http://127.0.0.1:PORT/oauth/v2/auth",
  "the user approves     http://127.0.0.1:PORT/callback is called with location=eu",
  `exchange the code     access token … for 60 min, refresh token …, ${HOSTS}`,
  "read leads            Kestrel Travel, Juniper Health, Harbour Print, Kestrel Travel, Bluefin Foods",
  "an hour later         INVALID_TOKEN: the CRM responded with HTTP 401, invalid oauth token: the access token is expired or revoked; refresh it",
  `refresh               access token … for 60 min, refresh token …, ${HOSTS}`,
  "read organisation     Fake Company, Germany",
  "revoke                Zoho no longer accepts the refresh token",
  `refresh once more     ${REVOKED}`,
  "",
  "The same flow in a browser: http://127.0.0.1:PORT/ (press Ctrl-C to stop)",
  "Press Connect there, then approve or deny on the consent page of the fake Zoho. You need no account.",
];
const LAST = /You need no account\./;

/** @type {ReturnType<typeof start>} */
let program;
let origin = "";

before(async () => {
  await build();
  program = start(["www/start.mjs"], { PORT: "0" });
  await program.line(LAST);
  [, origin = ""] = ORIGIN.exec(program.lines.at(-2) ?? "") ?? [];
});

after(async () => {
  await program.end("SIGKILL");
});

test("each step is a line with its duration, and no line has a whole token", () => {
  assert.deepEqual(settled(program.lines), LINES);
  const steps = program.lines.filter((line) => / {2}(revoke|refresh|read|exchange|send|the user|an hour)/.test(line));
  assert.equal(steps.length, 14);
  for (const line of steps) assert.match(line, /^ *\d+\.\d ms {2}\S/);
  assert.equal(showsToken(program.lines.join("\n")), false);
});

test("a refresh returns another access token and keeps the refresh token, at the data centre of the exchange", () => {
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

test("the page is served, and a user of the fake Zoho can connect", async () => {
  const page = await fetch(`${origin}/`);
  assert.deepEqual([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  assert.match(await page.text(), /<title>grantkit<\/title>/);

  const login = await fetch(`${origin}/login?location=jp`, { redirect: "manual" });
  const consent = await (await fetch(login.headers.get("location") ?? "")).text();
  assert.match(consent, /yuki@jp\.example/);
  const config = await (await fetch(`${origin}/api/config`)).json();
  assert.deepEqual([config.fake, config.self_client, config.users.jp], [true, true, "yuki@jp.example"]);
});

test("a busy port is followed by the next one, with a line that names both", async (t) => {
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

test("an invalid PORT ends the program before its first step", async () => {
  const { code, lines, errors } = await start(["www/start.mjs"], { PORT: "seven" }).ended;
  assert.deepEqual({ code, lines }, { code: 2, lines: [] });
  assert.equal(errors, 'PORT is "seven": set it to a number from 0 to 65535.\n');
});

test("Ctrl-C ends the program at once, even with an open event stream", async () => {
  const cookie = (await fetch(`${origin}/api/session`)).headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const stream = await fetch(`${origin}/api/events`, { headers: { cookie } });
  assert.equal(stream.status, 200);
  const { code, signal, lines, errors } = await program.end("SIGINT");
  assert.deepEqual({ code, signal, errors }, { code: 0, signal: null, errors: "" });
  assert.equal(lines.at(-1), "ended");
  await assert.rejects(fetch(`${origin}/`), TypeError);
});
