// The default transport against servers on loopback, and against a global fetch that somebody replaced.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, mock, test } from "node:test";
import { createGzip, gzipSync } from "node:zlib";
import { OAuthClient } from "grantkit";
import { freePort } from "../../www/local/port.mjs";
import { CONFIG, good, metadata, refused, SECRET, TOKENS } from "./support/plain.mjs";

/** @typedef {import("node:http").RequestListener} RequestListener */

/** @type {RequestListener} */
let answer = (_request, response) => response.end();
/** What the server received. @type {{ method?: string | undefined, url?: string | undefined, headers: import("node:http").IncomingHttpHeaders, body: string }[]} */
const received = [];
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  received.push({ method: request.method, url: request.url, headers: request.headers, body });
  answer(request, response);
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

/** A refresh that the server answers so. @param {RequestListener} listener */
function refresh(listener) {
  answer = listener;
  received.length = 0;
  return client().refreshTokenGrant(TOKENS);
}

/** A good answer, padded with spaces to so many bytes. @param {number} [size] */
async function tokens(size = 0) {
  return (await good().text()).padEnd(size);
}

const JSON_TYPE = { "content-type": "application/json;charset=UTF-8" };
const TOO_LARGE = /** @type {const} */ ({
  code: "malformed_response",
  retryable: false,
  message: "the answer is larger than 256 KiB: check the endpoint",
});

/** The codes of an error's causes, down to the system's. @param {any} error @returns {string[]} */
const codes = ({ cause }) => (cause ? [...(cause.code ? [cause.code] : []), ...codes(cause)] : []);

test("a request is what RFC 6749 says, and carries nothing in its URL", async () => {
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

test("Basic credentials travel in the header, and a body of every script arrives whole", async () => {
  const text = await tokens();
  answer = (_request, response) => response.end(text);
  received.length = 0;
  const basic = { client_id: "кли ент", token_endpoint_auth_method: /** @type {const} */ ("client_secret_basic") };
  await client(basic).refreshTokenGrant({ ...TOKENS, refresh_token: "rt é 拒 😀" });
  const [{ body, headers } = assert.fail()] = received;
  assert.equal(headers.authorization, `Basic ${btoa(`%D0%BA%D0%BB%D0%B8%20%D0%B5%D0%BD%D1%82:${SECRET}`)}`);
  assert.equal(body, `grant_type=refresh_token&refresh_token=${encodeURIComponent("rt é 拒 😀")}`);
});

test("many requests at once do not disturb each other", async () => {
  answer = (request, response) => {
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

test("no redirect is followed, whatever its status", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const text = await tokens();
    const call = refresh((_request, response) =>
      response.writeHead(status, { location: `${origin}/elsewhere` }).end(text),
    );
    const error = await refused(call, { code: "unexpected_response", retryable: false, status });
    assert.match(error.message, /^127\.0\.0\.1:\d+ answered with a redirect, which is not followed/);
    assert.deepEqual(
      received.map(({ url }) => url),
      ["/token"],
    );
  }
});

test("256 KiB are read, and not one byte more, as they are and from gzip", async () => {
  const limit = 256 * 1024;
  for (const [size, taken] of /** @type {const} */ ([
    [limit, true],
    [limit + 1, false],
  ])) {
    const text = await tokens(size);
    const gzip = { ...JSON_TYPE, "content-encoding": "gzip" };
    for (const listener of /** @type {RequestListener[]} */ ([
      (_request, response) => response.writeHead(200, JSON_TYPE).end(text),
      (_request, response) => response.writeHead(200, gzip).end(gzipSync(text)),
    ])) {
      if (taken) assert.equal((await refresh(listener)).access_token, "at.new.55d0");
      else await refused(refresh(listener), TOO_LARGE);
    }
  }
});

test("a gzip bomb costs no memory", async () => {
  const before = process.memoryUsage.rss();
  let poured = 0;
  const call = refresh((_request, response) => {
    const gzip = createGzip();
    gzip.pipe(response.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip" }));
    const zeros = Buffer.alloc(1024 * 1024);
    const pour = () => {
      // A GiB in all, of which no reader of 256 KiB takes much.
      while (poured < 1024 && !response.destroyed) {
        poured += 1;
        if (!gzip.write(zeros)) return void gzip.once("drain", pour);
      }
      gzip.end();
    };
    response.on("close", () => gzip.destroy());
    pour();
  });
  await refused(call, TOO_LARGE);
  const grown = process.memoryUsage.rss() - before;
  assert.ok(grown < 200 * 1024 * 1024, `${grown} bytes more`);
});

test("a closed port is network, and the system's word for it can be reached", async () => {
  const port = await freePort();
  const call = client({ server: metadata(`http://127.0.0.1:${port}`) }).refreshTokenGrant(TOKENS);
  const error = await refused(call, { code: "network", retryable: true });
  assert.ok(error.message.startsWith(`no answer from 127.0.0.1:${port}: `), error.message);
  assert.deepEqual(codes(error), ["ECONNREFUSED"]);
});

test("a connection that is reset is network, before and after the headers", async () => {
  const before = refresh((request) => request.socket.resetAndDestroy());
  const [first] = codes(await refused(before, { code: "network", retryable: true }));
  const after = refresh((_request, response) => {
    response.writeHead(200, { ...JSON_TYPE, "content-length": 500 }).write('{"access_token":', () => {
      response.socket?.resetAndDestroy();
    });
  });
  const [second] = codes(await refused(after, { code: "network", retryable: true }));
  // Which of the two it is hangs on who notices first, the system or undici.
  for (const code of [first, second]) assert.ok(["ECONNRESET", "UND_ERR_SOCKET"].includes(`${code}`), code);
});

test("a body that ends too early is no success", async () => {
  const text = await tokens();
  const call = refresh((_request, response) => {
    response.writeHead(200, { ...JSON_TYPE, "content-length": text.length + 1 });
    response.write(text, () => response.socket?.end());
  });
  await refused(call, { code: "network", retryable: true });
});

test("a body that is not what content-encoding says is network", async () => {
  const text = await tokens();
  const gzip = { ...JSON_TYPE, "content-encoding": "gzip" };
  const call = refresh((_request, response) => response.writeHead(200, gzip).end(text));
  await refused(call, { code: "network" });
});

test("a server that speaks no HTTP is network", async () => {
  const call = refresh((request) => request.socket.end("hello\r\n\r\n"));
  await refused(call, { code: "network" });
});

/**
 * A refresh while the global fetch is another.
 *
 * @param {(...given: any[]) => unknown} replacement
 */
async function replaced(replacement) {
  const fetch = mock.method(globalThis, "fetch", replacement);
  try {
    return await client().refreshTokenGrant(TOKENS);
  } finally {
    fetch.mock.restore();
  }
}

test("a replaced global fetch is called as one that is handed in", async () => {
  /** @type {any[]} */
  let given = [];
  await replaced((...all) => {
    given = all;
    return good();
  });
  const [url, init, ...more] = given;
  assert.deepEqual([url, init.method, init.redirect, more], [`${origin}/token`, "POST", "manual", []]);
  assert.equal(new Request(url, init).headers.get("accept"), "application/json");
});

test("a replaced global fetch may reject with anything, and the promise settles", async () => {
  for (const reason of ["text", "", 0, null, {}, Symbol("x"), new TypeError("fetch failed")]) {
    for (const failing of [() => Promise.reject(reason), () => raise(reason)]) {
      const error = await refused(replaced(failing), { code: "network", retryable: true });
      assert.equal(error.cause, reason);
    }
  }
  assert.equal(
    "cause" in
      (await refused(
        replaced(() => Promise.reject()),
        { code: "network" },
      )),
    false,
  );
  const error = await refused(
    replaced((_url, init) => Promise.reject(init)),
    { code: "network" },
  );
  assert.ok(error.cause instanceof Error);
});

/** @param {unknown} reason @returns {never} */
function raise(reason) {
  throw reason;
}

test("a replaced global fetch may resolve to anything, and the promise settles", async () => {
  for (const odd of [undefined, null, "text", 200, {}, { status: "200" }, Response.error()]) {
    const error = await refused(
      replaced(async () => odd),
      { code: "network", retryable: true },
    );
    assert.ok(error.cause instanceof TypeError);
  }
  const foreign = { status: 200, headers: new Headers(), body: good().body };
  assert.equal((await replaced(async () => foreign)).access_token, "at.new.55d0");
  assert.equal((await replaced(good)).access_token, "at.new.55d0", "a Response without a promise");
});

test("a runtime without fetch is told so", async () => {
  const fetch = Object.getOwnPropertyDescriptor(globalThis, "fetch") ?? assert.fail();
  Reflect.deleteProperty(globalThis, "fetch");
  try {
    const error = await refused(client().refreshTokenGrant(TOKENS), { code: "network" });
    assert.match(String(error.cause), /^ReferenceError: fetch is not defined/);
  } finally {
    Object.defineProperty(globalThis, "fetch", fetch);
  }
});
