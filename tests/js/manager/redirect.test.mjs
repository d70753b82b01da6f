// fetch through redirects of real servers: the token is sent to allowed origins only.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, describe, test } from "node:test";
import { memoryStore, OAuthClient, TokenManager } from "grantkit";
import { rejects } from "./support/expect.mjs";
import { access } from "./support/rotating.mjs";

const HEADER = `Bearer ${access(1)}`;

/** A server that responds to `/<status>?to=<URL>` with that redirect, and to other paths with 200. */
async function start() {
  /** @type {{ method: string | undefined, path: string, headers: import("node:http").IncomingHttpHeaders, body: string }[]} */
  const received = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://any");
    const body = Buffer.concat(await request.toArray()).toString();
    received.push({ method: request.method, path: pathname, headers: request.headers, body });
    const status = Number(pathname.slice(1)) || 200;
    const location = searchParams.get("to");
    response.writeHead(status, location === null ? {} : { location });
    response.end(`from ${pathname}`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { origin: `http://127.0.0.1:${port}`, received };
}

const [api, other] = await Promise.all([start(), start()]);
const client = new OAuthClient({
  server: { issuer: "https://as.example", token_endpoint: "https://as.example/token", api_domain: api.origin },
  client_id: "plain",
});
const manager = new TokenManager(client, memoryStore());
await manager.save({ access_token: access(1), token_type: "Bearer" });

/** The path of a redirect. @param {number} status @param {string[]} hops one redirect after the other */
const redirect = (status, ...hops) => {
  const path = (/** @type {string} */ origin, /** @type {string} */ to) =>
    `${origin}/${status}?to=${encodeURIComponent(to)}`;
  return hops.reduceRight((to, origin) => path(origin, to));
};

/** The requests that both servers received since the last call. */
function takeReceived() {
  const take = (/** @type {typeof api} */ { received }) =>
    received.splice(0).map(({ method, headers, body }) => [method, headers.authorization, body]);
  return { api: take(api), other: take(other) };
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`${status} to the same origin keeps the token`, async () => {
    for (const to of ["/end", `${api.origin}/end`, "/end#row", `${api.origin}/end#row`]) {
      const response = await manager.fetch(redirect(status, "", to));
      assert.deepEqual([response.status, await response.text()], [200, "from /end"]);
      assert.deepEqual(takeReceived(), {
        api: [
          ["GET", HEADER, ""],
          ["GET", HEADER, ""],
        ],
        other: [],
      });
    }
  });

  test(`${status} to another origin drops the token`, async () => {
    const response = await manager.fetch(redirect(status, "", `${other.origin}/end`));
    assert.deepEqual([response.status, await response.text()], [200, "from /end"]);
    assert.deepEqual(takeReceived(), { api: [["GET", HEADER, ""]], other: [["GET", undefined, ""]] });
  });
}

for (const [own, to, kept] of /** @type {const} */ ([
  ["https://api.example", "/end#row", true],
  ["https://api.example", "https://API.Example:443/end#row", true],
  ["https://API.example:443", "https://api.example/end", true],
  ["https://b\u00fccher.example", "https://xn--bcher-kva.example/end", true],
  ["http://127.0.0.1:80", "http://127.0.0.1/end", true],
  ["https://api.example", "https://api.example:80/end", false],
  ["https://api.example", "http://api.example/end", false],
  ["https://api.example", "https://api.example./end", false],
  ["https://api.example", "https://evil.example/end#https://api.example/", false],
  ["https://api.example", "//evil.example/end", false],
  ["https://api.example", "/\\\\evil.example/end", false],
])) {
  test(`of ${own}, a redirect to ${to} ${kept ? "keeps" : "drops"} the token`, async () => {
    /** @type {(string | null)[]} */
    const sent = [];
    const client = new OAuthClient({
      server: { issuer: "https://as.example", token_endpoint: "https://as.example/token", api_domain: own },
      client_id: "plain",
      fetch: async (_, init) => {
        sent.push(new Headers(init?.headers).get("authorization"));
        return sent.length === 1 ? new Response(null, { status: 302, headers: { location: to } }) : new Response("end");
      },
    });
    const manager = new TokenManager(client, memoryStore());
    await manager.save({ access_token: access(1), token_type: "Bearer" });
    assert.equal(await (await manager.fetch("/start")).text(), "end");
    assert.deepEqual(sent, [HEADER, kept ? HEADER : null]);
  });
}

test("a dropped token stays dropped when a redirect leads back", async () => {
  await manager.fetch(redirect(302, "", other.origin, `${api.origin}/delete-everything`));
  assert.deepEqual(takeReceived(), {
    api: [
      ["GET", HEADER, ""],
      ["GET", undefined, ""],
    ],
    other: [["GET", undefined, ""]],
  });
});

test("the caller's headers with credentials are dropped at another origin too", async () => {
  const headers = { authorization: "mine", cookie: "session=1", "proxy-authorization": "p", "x-kept": "1" };
  await manager.fetch(redirect(302, "", `${other.origin}/end`), { headers });
  const [first, second] = [api, other].map(({ received }) => received.splice(0).at(-1)?.headers);
  assert.deepEqual(
    [first?.authorization, first?.cookie, first?.["proxy-authorization"], first?.["x-kept"]],
    [HEADER, "session=1", "p", "1"],
  );
  assert.deepEqual(
    [second?.authorization, second?.cookie, second?.["proxy-authorization"], second?.["x-kept"]],
    [undefined, undefined, undefined, "1"],
  );
});

describe("method and body, as in the Fetch Standard", () => {
  const headers = { "content-type": "text/plain", "content-language": "la" };
  for (const [status, method, expected] of /** @type {const} */ ([
    [301, "POST", "GET"],
    [302, "POST", "GET"],
    [303, "POST", "GET"],
    [303, "PUT", "GET"],
    [303, "DELETE", "GET"],
    [301, "PUT", "PUT"],
    [302, "DELETE", "DELETE"],
    [307, "POST", "POST"],
    [308, "PATCH", "PATCH"],
  ])) {
    test(`${status}: ${method} becomes ${expected}`, async () => {
      await manager.fetch(redirect(status, "", "/end"), { method, body: "content", headers });
      const [first, second] = api.received.splice(0);
      assert.deepEqual([first?.method, first?.body, first?.headers["content-language"]], [method, "content", "la"]);
      const kept = expected === method;
      assert.deepEqual(
        [second?.method, second?.body, second?.headers["content-type"], second?.headers["content-language"]],
        kept ? [method, "content", "text/plain", "la"] : ["GET", "", undefined, undefined],
      );
    });
  }

  test("303: HEAD stays HEAD", async () => {
    await manager.fetch(redirect(303, "", "/end"), { method: "HEAD" });
    assert.deepEqual(
      takeReceived().api.map(([method]) => method),
      ["HEAD", "HEAD"],
    );
  });

  test("a stream that would be sent twice is not: the caller gets the redirect", async () => {
    const init = /** @type {RequestInit} */ ({ method: "POST", body: new Blob(["once"]).stream(), duplex: "half" });
    const response = await manager.fetch(redirect(307, "", "/end"), init);
    assert.deepEqual([response.status, takeReceived().api], [307, [["POST", HEADER, "once"]]]);
    const again = /** @type {RequestInit} */ ({ method: "POST", body: new Blob(["once"]).stream(), duplex: "half" });
    assert.equal((await manager.fetch(redirect(303, "", "/end"), again)).status, 200);
    assert.deepEqual(takeReceived().api, [
      ["POST", HEADER, "once"],
      ["GET", HEADER, ""],
    ]);
  });
});

describe("redirect modes", () => {
  for (const input of [
    redirect(302, "", "/end"),
    new Request(api.origin + redirect(302, "", "/end"), { redirect: "manual" }),
  ]) {
    const init = typeof input === "string" ? { redirect: /** @type {const} */ ("manual") } : {};
    test(`manual, by ${typeof input === "string" ? "init" : "Request"}: the caller gets the redirect`, async () => {
      const response = await manager.fetch(input, init);
      assert.deepEqual(
        [response.status, response.headers.get("location"), await response.text()],
        [302, "/end", "from /302"],
      );
      assert.deepEqual(takeReceived(), { api: [["GET", HEADER, ""]], other: [] });
    });
  }

  test("error: a redirect is an error", async () => {
    const call = manager.fetch(redirect(302, "", `${other.origin}/end`), { redirect: "error" });
    await rejects(call, { code: "unexpected_response", status: 302 });
    assert.deepEqual(takeReceived(), { api: [["GET", HEADER, ""]], other: [] });
    assert.equal((await manager.fetch("/end", { redirect: "error" })).status, 200);
    assert.equal((await manager.fetch("/304", { redirect: "error" })).status, 304);
    takeReceived();
  });
});

test("at most five redirects are followed", async () => {
  const hops = Array.from({ length: 9 }, () => "");
  const response = await manager.fetch(redirect(302, ...hops, "/end"));
  assert.deepEqual([response.status, takeReceived().api.length], [302, 6]);
  assert.equal((await manager.fetch(redirect(302, ...hops.slice(4), "/end"))).status, 200);
  assert.equal(takeReceived().api.length, 6);
});

test("a redirect without a valid location is returned to the caller", async () => {
  for (const to of ["http://", "http://[", "https://a b/"]) {
    const response = await manager.fetch(redirect(302, "", to));
    assert.deepEqual([response.status, takeReceived().api.length], [302, 1]);
  }
  assert.equal((await manager.fetch("/302")).status, 302);
  takeReceived();
});
