// fetch through redirects, on real servers: the token goes along where it may go, and never elsewhere.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, describe, test } from "node:test";
import { memoryStore, OAuthClient, TokenManager } from "grantkit";
import { refused } from "./support/expect.mjs";
import { access } from "./support/rotating.mjs";

const HEADER = `Bearer ${access(1)}`;

/** Answers `/<status>?to=<URL>` with that redirect, and all else with 200. */
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

/** The path of a redirect. @param {number} status @param {string[]} ways one redirect after the other */
const redirect = (status, ...ways) => {
  const path = (/** @type {string} */ origin, /** @type {string} */ to) =>
    `${origin}/${status}?to=${encodeURIComponent(to)}`;
  return ways.reduceRight((to, origin) => path(origin, to));
};

/** What both servers received since the last call. */
function seen() {
  const short = (/** @type {typeof api} */ { received }) =>
    received.splice(0).map(({ method, headers, body }) => [method, headers.authorization, body]);
  return { api: short(api), other: short(other) };
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`${status} to the same origin keeps the token`, async () => {
    for (const to of ["/end", `${api.origin}/end`]) {
      const answer = await manager.fetch(redirect(status, "", to));
      assert.deepEqual([answer.status, await answer.text()], [200, "from /end"]);
      assert.deepEqual(seen(), {
        api: [
          ["GET", HEADER, ""],
          ["GET", HEADER, ""],
        ],
        other: [],
      });
    }
  });

  test(`${status} to another origin drops the token`, async () => {
    const answer = await manager.fetch(redirect(status, "", `${other.origin}/end`));
    assert.deepEqual([answer.status, await answer.text()], [200, "from /end"]);
    assert.deepEqual(seen(), { api: [["GET", HEADER, ""]], other: [["GET", undefined, ""]] });
  });
}

test("a token that was dropped stays dropped, also when the way leads back", async () => {
  await manager.fetch(redirect(302, "", other.origin, `${api.origin}/delete-everything`));
  assert.deepEqual(seen(), {
    api: [
      ["GET", HEADER, ""],
      ["GET", undefined, ""],
    ],
    other: [["GET", undefined, ""]],
  });
});

test("headers of the caller that speak of the user go to no other origin either", async () => {
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

describe("method and body, as Fetch has it", () => {
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
      seen().api.map(([method]) => method),
      ["HEAD", "HEAD"],
    );
  });

  test("a stream that would have to be sent twice is not: the caller gets the redirect", async () => {
    const init = /** @type {RequestInit} */ ({ method: "POST", body: new Blob(["once"]).stream(), duplex: "half" });
    const answer = await manager.fetch(redirect(307, "", "/end"), init);
    assert.deepEqual([answer.status, seen().api], [307, [["POST", HEADER, "once"]]]);
    const again = /** @type {RequestInit} */ ({ method: "POST", body: new Blob(["once"]).stream(), duplex: "half" });
    assert.equal((await manager.fetch(redirect(303, "", "/end"), again)).status, 200);
    assert.deepEqual(seen().api, [
      ["POST", HEADER, "once"],
      ["GET", HEADER, ""],
    ]);
  });
});

describe("modes", () => {
  for (const input of [
    redirect(302, "", "/end"),
    new Request(api.origin + redirect(302, "", "/end"), { redirect: "manual" }),
  ]) {
    const init = typeof input === "string" ? { redirect: /** @type {const} */ ("manual") } : {};
    test(`manual, by ${typeof input === "string" ? "init" : "Request"}: the caller gets the redirect`, async () => {
      const answer = await manager.fetch(input, init);
      assert.deepEqual(
        [answer.status, answer.headers.get("location"), await answer.text()],
        [302, "/end", "from /302"],
      );
      assert.deepEqual(seen(), { api: [["GET", HEADER, ""]], other: [] });
    });
  }

  test("error: a redirect is an error", async () => {
    const call = manager.fetch(redirect(302, "", `${other.origin}/end`), { redirect: "error" });
    await refused(call, { code: "unexpected_response", status: 302 });
    assert.deepEqual(seen(), { api: [["GET", HEADER, ""]], other: [] });
    assert.equal((await manager.fetch("/end", { redirect: "error" })).status, 200);
    assert.equal((await manager.fetch("/304", { redirect: "error" })).status, 304);
    seen();
  });
});

test("redirects without end are followed five times", async () => {
  const ways = Array.from({ length: 9 }, () => "");
  const answer = await manager.fetch(redirect(302, ...ways, "/end"));
  assert.deepEqual([answer.status, seen().api.length], [302, 6]);
  assert.equal((await manager.fetch(redirect(302, ...ways.slice(4), "/end"))).status, 200);
  assert.equal(seen().api.length, 6);
});

test("a redirect that leads nowhere is the caller's", async () => {
  for (const to of ["http://", "http://[", "https://a b/"]) {
    const answer = await manager.fetch(redirect(302, "", to));
    assert.deepEqual([answer.status, seen().api.length], [302, 1]);
  }
  assert.equal((await manager.fetch("/302")).status, 302);
  seen();
});
