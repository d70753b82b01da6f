// The default transport against servers on loopback, and with a replaced global fetch.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, mock, test } from "node:test";
import { createGzip, gzipSync } from "node:zlib";
import { OAuthClient } from "grantkit";
import { freePort } from "../../www/local/port.mjs";
import { CONFIG, metadata, rejects, SECRET, TOKENS, tokenResponse } from "./support/plain.mjs";

/** @typedef {import("node:http").RequestListener} RequestListener */

/** @type {RequestListener} */
let listener = (_request, response) => response.end();
/** What the server received. @type {{ method?: string | undefined, url?: string | undefined, headers: import("node:http").IncomingHttpHeaders, body: string }[]} */
const received = [];
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  received.push({ method: request.method, url: request.url, headers: request.headers, body });
  listener(request, response);
});
let origin = "";

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  origin = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** @param {Partial<import("grantkit").ClientConfig>} [changes] */
const client = (changes) => new OAuthClient({ ...CONFIG, server: metadata(origin), ...changes });

/** A refresh with such a response of the server. @param {RequestListener} respond */
function refresh(respond) {
  listener = respond;
  received.length = 0;
  return client().refreshTokenGrant(TOKENS);
}

/** A token response padded with spaces to `size` bytes. @param {number} [size] */
async function tokens(size = 0) {
  return (await tokenResponse().text()).padEnd(size);
}

const JSON_TYPE = { "content-type": "application/json;charset=UTF-8" };
const TOO_LARGE = /** @type {const} */ ({
  code: "malformed_response",
  retryable: false,
  message: "the response is larger than 256 KiB: check the endpoint",
});

/** The codes of an error's causes, down to the system's. @param {any} error @returns {string[]} */
const codes = ({ cause }) => (cause ? [...(cause.code ? [cause.code] : []), ...codes(cause)] : []);

test("a token request follows RFC 6749 and has no parameters in its URL", async () => {
  const text = await tokens();
  assert.equal((await refresh((_request, response) => response.end(text))).access_token, "at.new.55d0");
  const [{ method, url, body, headers } = assert.fail()] = received;
  assert.deepEqual(
    { method, url, body },
    {
      method: "POST",
      url: "/token",
      body: `grant_type=refresh_token&refresh_token=rt.stored.a20e&client_id=plain&client_secret=${SECRET}`,
    },
  );
  assert.equal(headers["content-type"], "application/x-www-form-urlencoded");
  assert.equal(headers.accept, "application/json");
  assert.equal(headers.authorization, undefined);
});

test("Basic credentials are in the header, and a body with any script is encoded", async () => {
  const text = await tokens();
  listener = (_request, response) => response.end(text);
  received.length = 0;
  const basic = { client_id: "кли ент", token_endpoint_auth_method: /** @type {const} */ ("client_secret_basic") };
  await client(basic).refreshTokenGrant({ ...TOKENS, refresh_token: "rt é 拒 😀" });
  const [{ body, headers } = assert.fail()] = received;
  assert.equal(headers.authorization, `Basic ${btoa(`%D0%BA%D0%BB%D0%B8%20%D0%B5%D0%BD%D1%82:${SECRET}`)}`);
  assert.equal(body, `grant_type=refresh_token&refresh_token=${encodeURIComponent("rt é 拒 😀")}`);
});

test("concurrent requests do not affect each other", async () => {
  listener = (request, response) => {
    const { body } = received.find(({ url }) => url === request.url) ?? assert.fail();
    const token = new URLSearchParams(body).get("refresh_token");
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ access_token: `for ${token}`, token_type: "Bearer" }));
  };
  received.length = 0;
  const calls = Array.from({ length: 50 }, async (_, n) => {
    const own = { ...metadata(origin), token_endpoint: `${origin}/token/${n}` };
    return client({ server: own }).refreshTokenGrant({ ...TOKENS, refresh_token: `rt.${n}` });
  });
  const seen = (await Promise.all(calls)).map(({ access_token }) => access_token);
  assert.deepEqual(
    seen,
    Array.from({ length: 50 }, (_, n) => `for rt.${n}`),
  );
});

test("no redirect is followed, of any status", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const text = await tokens();
    const call = refresh((_request, response) =>
      response.writeHead(status, { location: `${origin}/elsewhere` }).end(text),
    );
    const error = await rejects(call, { code: "unexpected_response", retryable: false, status });
    assert.match(error.message, /^127\.0\.0\.1:\d+ responded with a redirect, which is not followed/);
    assert.deepEqual(
      received.map(({ url }) => url),
      ["/token"],
    );
  }
});

test("at most 256 KiB are read, plain and from gzip", async () => {
  const limit = 256 * 1024;
  for (const [size, isAccepted] of /** @type {const} */ ([
    [limit, true],
    [limit + 1, false],
  ])) {
    const text = await tokens(size);
    const gzip = { ...JSON_TYPE, "content-encoding": "gzip" };
    for (const respond of /** @type {RequestListener[]} */ ([
      (_request, response) => response.writeHead(200, JSON_TYPE).end(text),
      (_request, response) => response.writeHead(200, gzip).end(gzipSync(text)),
    ])) {
      if (isAccepted) assert.equal((await refresh(respond)).access_token, "at.new.55d0");
      else await rejects(refresh(respond), TOO_LARGE);
    }
  }
});

test("a gzip bomb does not fill the memory", async () => {
  const before = process.memoryUsage.rss();
  let poured = 0;
  const call = refresh((_request, response) => {
    const gzip = createGzip();
    gzip.pipe(response.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip" }));
    const zeros = Buffer.alloc(1024 * 1024);
    const pour = () => {
      // One GiB, of which the client reads no more than 256 KiB.
      while (poured < 1024 && !response.destroyed) {
        poured += 1;
        if (!gzip.write(zeros)) return void gzip.once("drain", pour);
      }
      gzip.end();
    };
    response.on("close", () => gzip.destroy());
    pour();
  });
  await rejects(call, TOO_LARGE);
  const grown = process.memoryUsage.rss() - before;
  assert.ok(grown < 200 * 1024 * 1024, `${grown} bytes more`);
});

test("a closed port is a network error, and the system's error code is in its causes", async () => {
  const port = await freePort();
  const call = client({ server: metadata(`http://127.0.0.1:${port}`) }).refreshTokenGrant(TOKENS);
  const error = await rejects(call, { code: "network", retryable: true });
  assert.ok(error.message.startsWith(`no response from 127.0.0.1:${port}: `), error.message);
  assert.deepEqual(codes(error), ["ECONNREFUSED"]);
});

test("a connection reset before or after the headers is a network error", async () => {
  const before = refresh((request) => request.socket.resetAndDestroy());
  const [first] = codes(await rejects(before, { code: "network", retryable: true }));
  const after = refresh((_request, response) => {
    response.writeHead(200, { ...JSON_TYPE, "content-length": 500 }).write('{"access_token":', () => {
      response.socket?.resetAndDestroy();
    });
  });
  const [second] = codes(await rejects(after, { code: "network", retryable: true }));
  // The code depends on whether the system or undici notices first.
  for (const code of [first, second]) assert.ok(["ECONNRESET", "UND_ERR_SOCKET"].includes(`${code}`), code);
});

test("a body that ends too early is a network error", async () => {
  const text = await tokens();
  const call = refresh((_request, response) => {
    response.writeHead(200, { ...JSON_TYPE, "content-length": text.length + 1 });
    response.write(text, () => response.socket?.end());
  });
  await rejects(call, { code: "network", retryable: true });
});

test("a body that does not match its content-encoding is a network error", async () => {
  const text = await tokens();
  const gzip = { ...JSON_TYPE, "content-encoding": "gzip" };
  const call = refresh((_request, response) => response.writeHead(200, gzip).end(text));
  await rejects(call, { code: "network" });
});

test("a server without HTTP is a network error", async () => {
  const call = refresh((request) => request.socket.end("hello\r\n\r\n"));
  await rejects(call, { code: "network" });
});

/**
 * A refresh with a replaced global fetch.
 *
 * @param {(...values: any[]) => unknown} replacement
 */
async function refreshWith(replacement) {
  const fetch = mock.method(globalThis, "fetch", replacement);
  try {
    return await client().refreshTokenGrant(TOKENS);
  } finally {
    fetch.mock.restore();
  }
}

test("a replaced global fetch is called like a configured one", async () => {
  /** @type {any[]} */
  let values = [];
  await refreshWith((...all) => {
    values = all;
    return tokenResponse();
  });
  const [url, init, ...more] = values;
  assert.deepEqual([url, init.method, init.redirect, more], [`${origin}/token`, "POST", "manual", []]);
  assert.equal(new Request(url, init).headers.get("accept"), "application/json");
});

test("a replaced global fetch can reject with anything, and the call is a network error", async () => {
  for (const reason of ["text", "", 0, null, {}, Symbol("x"), new TypeError("fetch failed")]) {
    for (const failing of [() => Promise.reject(reason), () => raise(reason)]) {
      const error = await rejects(refreshWith(failing), { code: "network", retryable: true });
      assert.equal(error.cause, reason);
    }
  }
  assert.equal(
    "cause" in
      (await rejects(
        refreshWith(() => Promise.reject()),
        { code: "network" },
      )),
    false,
  );
  const error = await rejects(
    refreshWith((_url, init) => Promise.reject(init)),
    { code: "network" },
  );
  assert.ok(error.cause instanceof Error);
});

/** @param {unknown} reason @returns {never} */
function raise(reason) {
  throw reason;
}

test("a replaced global fetch can resolve to anything, and the call is a network error", async () => {
  for (const odd of [undefined, null, "text", 200, {}, { status: "200" }, Response.error()]) {
    const error = await rejects(
      refreshWith(async () => odd),
      { code: "network", retryable: true },
    );
    assert.ok(error.cause instanceof TypeError);
  }
  const foreign = { status: 200, headers: new Headers(), body: tokenResponse().body };
  assert.equal((await refreshWith(async () => foreign)).access_token, "at.new.55d0");
  assert.equal((await refreshWith(tokenResponse)).access_token, "at.new.55d0", "a Response without a promise");
});

test("without a global fetch the call is a network error with the reason", async () => {
  const fetch = Object.getOwnPropertyDescriptor(globalThis, "fetch") ?? assert.fail();
  Reflect.deleteProperty(globalThis, "fetch");
  try {
    const error = await rejects(client().refreshTokenGrant(TOKENS), { code: "network" });
    assert.match(String(error.cause), /^ReferenceError: fetch is not defined/);
  } finally {
    Object.defineProperty(globalThis, "fetch", fetch);
  }
});
