// The receiver of the redirect: which requests it accepts, and when it stops waiting.

import assert from "node:assert/strict";
import { connect } from "node:net";
import test from "node:test";
import { loopbackUri, receiveRedirect } from "../../pkg/cli/src/loopback.js";
import { freePort } from "../../www/local/port.mjs";

const STATE = "the-state-of-this-attempt";

/** A timer that the test runs. */
function manualTimer() {
  /** @type {{ run: () => void, ms: number }[]} */
  const due = [];
  return {
    due,
    /** @param {() => void} run @param {number} ms */
    later(run, ms) {
      const entry = { run, ms };
      due.push(entry);
      return () => void (due.includes(entry) && due.splice(due.indexOf(entry), 1));
    },
  };
}

/**
 * @param {import("node:test").TestContext} t
 * @param {{ handle?: (callback: string) => Promise<string>, name?: string, ending?: AbortController }} [options]
 */
async function receiver(t, { handle = async () => "tokens", name = "127.0.0.1", ending = new AbortController() } = {}) {
  // Closes the server of a test that fails.
  t.after(() => ending.abort());
  const { signal } = ending;
  const redirect_uri = new URL(`http://${name}:${await freePort()}/callback`);
  const { later, due } = manualTimer();
  /** @type {() => void} */
  let ready = () => {};
  const listening = new Promise((resolve) => {
    ready = () => resolve(undefined);
  });
  const received = receiveRedirect({
    redirect_uri: redirect_uri.href,
    state: STATE,
    handle,
    listening: async () => ready(),
    seconds: 90,
    signal,
    later,
  });
  received.catch(() => {});
  await Promise.race([listening, received]);
  /** @param {string} path @param {RequestInit} [init] */
  const visit = (path, init) => fetch(`${redirect_uri.origin}${path}`, { redirect: "manual", ...init });
  return { redirect_uri, received, due, visit };
}

/** Whether the port is open. @param {URL} uri @returns {Promise<boolean>} */
function isOpen({ port }) {
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false)).on("connect", () => socket.destroy());
  });
}

test("the callback is handled once, and the browser is redirected to a URL without the code", async (t) => {
  /** @type {string[]} */
  const handled = [];
  const { received, redirect_uri, visit } = await receiver(t, {
    handle: async (callback) => {
      handled.push(callback);
      return "tokens";
    },
  });
  const path = `/callback?code=1000.abc&state=${STATE}`;
  const [first, second] = await Promise.all([visit(path), visit(path)]);
  for (const response of [first, second]) {
    assert.deepEqual(
      [response.status, response.headers.get("location"), await response.text()],
      [303, "/callback/connected", ""],
    );
  }
  const page = await visit("/callback/connected");
  assert.match(await page.text(), /<h1>Connected<\/h1><p>You can close this page and go back to the terminal\.<\/p>/);
  assert.equal(await received, "tokens");
  assert.deepEqual(handled, [`${redirect_uri.origin}${path}`]);
  assert.equal(await isOpen(redirect_uri), false);
});

test("every response forbids frames, scripts, caches and referrers", async (t) => {
  const { visit, due } = await receiver(t);
  for (const path of ["/", "/callback", `/callback?state=${STATE}`, "/callback/connected"]) {
    const { headers } = await visit(path);
    assert.match(
      headers.get("content-security-policy") ?? "",
      /^default-src 'none'; style-src 'sha256-[\w+/]+='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
  }
  assert.equal(due.length, 0);
});

test("a request of another attempt is refused, and does not end the wait", async (t) => {
  const { received, visit, due } = await receiver(t);
  for (const path of [
    "/callback",
    "/callback?state=another&code=stolen",
    `/callback?state=${STATE}&state=${STATE}&code=x`,
    "/callback?error=access_denied",
  ]) {
    assert.equal((await visit(path)).status, 400, path);
  }
  assert.equal((await visit("/callback/connected")).status, 404);
  assert.equal((await visit("/favicon.ico")).status, 404);
  assert.equal((await visit(`/callback?state=${STATE}`, { method: "POST" })).status, 404);
  assert.deepEqual(
    due.map(({ ms }) => ms),
    [90_000],
  );
  await visit(`/callback?state=${STATE}`);
  await visit("/callback/connected");
  assert.equal(await received, "tokens");
});

test("a request with another Host is refused (DNS rebinding)", async (t) => {
  const { visit, redirect_uri, due } = await receiver(t);
  const { request } = await import("node:http");
  const status = await new Promise((resolve, reject) => {
    const options = {
      port: redirect_uri.port,
      host: "127.0.0.1",
      path: `/callback?state=${STATE}`,
      headers: { host: "evil.example" },
    };
    request(options, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end();
  });
  assert.equal(status, 404);
  due[0]?.run();
  await assert.rejects(visit("/"));
});

test("a callback that fails leads to a page that says so, and shows nothing of the request", async (t) => {
  const { received, visit } = await receiver(t, { handle: () => Promise.reject(new Error("refused")) });
  const response = await visit(`/callback?state=${STATE}&error=%3Cscript%3E`);
  assert.equal(response.headers.get("location"), "/callback/failed");
  const text = await (await visit("/callback/failed")).text();
  assert.match(text, /<h1>Not connected<\/h1><p>The terminal shows why, and what to do\.<\/p>/);
  assert.ok(!text.includes("script"));
  await assert.rejects(received, /^Error: refused$/);
});

test("a browser that does not fetch the last page delays the end by at most 5 s", async (t) => {
  const { received, visit, due } = await receiver(t);
  await visit(`/callback?state=${STATE}`);
  while (due[0]?.ms !== 5000) await new Promise(setImmediate);
  due[0].run();
  assert.equal(await received, "tokens");
});

test("no redirect: the wait ends, and the hints name the causes", async (t) => {
  const { received, redirect_uri, due } = await receiver(t);
  assert.equal(due[0]?.ms, 90_000);
  due[0].run();
  await assert.rejects(received, (/** @type {any} */ error) => {
    assert.equal(error.code, "timeout");
    assert.equal(
      error.message,
      "no redirect from Zoho arrived within 90 s: run this again, and complete Zoho's consent page",
    );
    assert.match(error.hints[0], new RegExp(`register exactly ${redirect_uri.href}`));
    return true;
  });
  assert.equal(await isOpen(redirect_uri), false);
});

test("the signal ends the wait, also if it was aborted before", async (t) => {
  const ending = new AbortController();
  const { received, redirect_uri, due } = await receiver(t, { ending });
  ending.abort();
  await assert.rejects(received, { code: "interrupted" });
  assert.deepEqual([await isOpen(redirect_uri), due.length], [false, 0]);
  const { received: late } = await receiver(t, { ending });
  await assert.rejects(late, { code: "interrupted" });
});

test("a port that is in use is an error that names the port", async (t) => {
  const { redirect_uri, due, received } = await receiver(t);
  const other = receiveRedirect({
    redirect_uri: redirect_uri.href,
    state: STATE,
    handle: async () => "",
    listening: async () => {},
    seconds: 1,
    signal: new AbortController().signal,
    later: manualTimer().later,
  });
  await assert.rejects(other, {
    code: "usage",
    message: `cannot listen on ${redirect_uri.origin} (EADDRINUSE): free the port, or use another`,
  });
  due[0]?.run();
  await assert.rejects(received);
});

test("a redirect URI on localhost is served too", async (t) => {
  const { received, visit } = await receiver(t, { name: "localhost" });
  await visit(`/callback?state=${STATE}`);
  await visit("/callback/connected");
  assert.equal(await received, "tokens");
});

test("a redirect URI that is not on loopback is refused", () => {
  for (const uri of [
    "https://127.0.0.1:1/cb",
    "http://app.example:80/cb",
    "http://127.0.0.2:9/cb",
    "http://127.0.0.1:9/cb#x",
    "cb",
  ]) {
    assert.throws(() => loopbackUri(uri), { code: "usage", message: /" is not a loopback address: / }, uri);
  }
  for (const uri of ["http://localhost/cb", "http://localhost:80/cb"]) {
    assert.throws(() => loopbackUri(uri), {
      code: "usage",
      message: `"${uri}" has no port that this program can use: give --redirect-uri exactly as registered, such as http://localhost:8765/callback`,
    });
  }
});
