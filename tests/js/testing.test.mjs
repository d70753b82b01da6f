// The fake Zoho in JavaScript: its fetch, its network failures, its server. tests/fake_zoho covers its responses.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { OAuthError } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { isPending } from "./manager/support/expect.mjs";

const CLIENT = { client_id: "1000.WEB", client_secret: { us: "secret-us", eu: "secret-eu" } };
const REDIRECT_URI = "https://app.example/cb";
const OPTIONS = {
  clients: [{ ...CLIENT, redirect_uris: [REDIRECT_URI] }],
  users: /** @type {const} */ ([
    { email: "uma@example.com", location: "us" },
    { email: "eva@example.eu", location: "eu" },
  ]),
  seed: 7,
};
const TOKEN_URL = "https://accounts.zoho.com/oauth/v2/token";
const ORG_URL = "https://www.zohoapis.com/crm/v8/org";
const INVALID_CODE = { error: "invalid_code" };

const fake = () => fakeZoho({ ...OPTIONS, users: [...OPTIONS.users] });

/** @param {Record<string, string>} changes */
function authorizationUrl(changes = {}) {
  const parameters = { response_type: "code", redirect_uri: REDIRECT_URI, scope: "ZohoCRM.org.READ", state: "s" };
  const { client_id } = CLIENT;
  return `https://accounts.zoho.com/oauth/v2/auth?${new URLSearchParams({ client_id, ...parameters, ...changes })}`;
}

/** @param {string} code @returns {RequestInit} */
function exchange(code, secret = CLIENT.client_secret.us) {
  const { client_id } = CLIENT;
  const parameters = { grant_type: "authorization_code", client_id, client_secret: secret, code };
  return { method: "POST", body: new URLSearchParams(parameters) };
}

/** @param {Partial<OAuthError>} expected */
const isInvalid = (expected) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof OAuthError);
  const { code, message } = error;
  assert.deepEqual({ code, message }, { code: "invalid_configuration", ...expected });
  return true;
};

describe("fetch", () => {
  test("accepts strings, URLs and Requests, unbound", async () => {
    const zoho = await fake();
    const { fetch } = zoho;
    const code = zoho.selfClientCode({ client_id: CLIENT.client_id, scope: "ZohoCRM.org.READ" });
    const response = await fetch(TOKEN_URL, exchange(code));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/json;charset=UTF-8");
    const { access_token, refresh_token, ...rest } = await response.json();
    assert.match(access_token, /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/);
    assert.match(refresh_token, /^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/);
    const api_domain = "https://www.zohoapis.com";
    assert.deepEqual(rest, { api_domain, expires_in: 3600, scope: "ZohoCRM.org.READ", token_type: "Bearer" });
    const headers = { authorization: `Zoho-oauthtoken ${access_token}` };
    for (const [input, init] of /** @type {[string | URL | Request, RequestInit?][]} */ ([
      [ORG_URL, { headers }],
      [new URL(ORG_URL), { headers }],
      [new Request(ORG_URL, { headers })],
      [new Request(ORG_URL), { headers }],
    ])) {
      const { org } = await (await fetch(input, init)).json();
      assert.equal(org[0].company_name, "Fake Company, United States");
    }
    const used = await fetch(new Request(TOKEN_URL, exchange(code)));
    assert.deepEqual([used.status, await used.json()], [200, INVALID_CODE]);
  });

  test("returns redirects and responses without a body unchanged", async () => {
    const zoho = await fake();
    const form = new URLSearchParams(new URL(authorizationUrl()).search);
    form.set("user", "uma@example.com");
    form.set("decision", "refuse");
    const denied = await zoho.fetch("https://accounts.zoho.com/oauth/v2/auth", { method: "POST", body: form });
    assert.equal(denied.status, 302);
    assert.equal(denied.headers.get("location"), `${REDIRECT_URI}?state=s&error=access_denied`);
    assert.equal(await denied.text(), "");

    const code = zoho.selfClientCode({ client_id: CLIENT.client_id, scope: "ZohoCRM.modules.ALL" });
    const { access_token } = await (await zoho.fetch(TOKEN_URL, exchange(code))).json();
    const leads = "https://www.zohoapis.com/crm/v8/Leads?fields=id";
    const headers = { authorization: `Bearer ${access_token}` };
    const beyond = await zoho.fetch(`${leads}&page=9`, { headers });
    assert.deepEqual([beyond.status, beyond.body], [204, null]);
    const since = { ...headers, "if-modified-since": "2030-01-01T00:00:00Z" };
    const unchanged = await zoho.fetch(leads, { headers: since });
    assert.deepEqual([unchanged.status, unchanged.body], [304, null]);
  });

  test("rejects for an unknown host as fetch does", async () => {
    const zoho = await fake();
    await assert.rejects(zoho.fetch("https://accounts.zoho.example/oauth/v2/token"), (error) => {
      assert.ok(error instanceof TypeError);
      assert.equal(error.message, "fetch failed");
      assert.equal(/** @type {any} */ (error.cause).code, "ENOTFOUND");
      return true;
    });
    assert.deepEqual(zoho.log, [
      { method: "GET", host: "accounts.zoho.example", path: "/oauth/v2/token", status: 0, fault: "unknown_host" },
    ]);
    await assert.rejects(zoho.fetch("/oauth/v2/token"), TypeError);
  });

  test("rejects with the reason of a signal and sends nothing", async () => {
    const zoho = await fake();
    for (const reason of [new Error("left"), "just text", undefined]) {
      const signal = AbortSignal.abort(reason);
      const rejection = (/** @type {unknown} */ error) => error === signal.reason;
      await assert.rejects(zoho.fetch(ORG_URL, { signal }), rejection);
      await assert.rejects(zoho.fetch(new Request(ORG_URL), { signal }), rejection);
    }
    await assert.rejects(zoho.fetch(new Request(ORG_URL, { signal: AbortSignal.abort() })), { name: "AbortError" });
    const controller = new AbortController();
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    const init = { method: "POST", body, duplex: "half", signal: controller.signal };
    const upload = zoho.fetch(TOKEN_URL, init);
    assert.ok(await isPending(upload));
    controller.abort("enough");
    await assert.rejects(upload, (error) => error === "enough");
    assert.deepEqual(zoho.log, []);
  });
});

describe("network failures", () => {
  /** A fake whose next token response has that failure. @param {string} failure */
  async function failing(failure) {
    const zoho = await fake();
    const code = zoho.selfClientCode({ client_id: CLIENT.client_id, scope: "ZohoCRM.org.READ" });
    zoho.fail("token", failure);
    return { zoho, code };
  }

  test("reset: a TypeError, and the code is used", async () => {
    const { zoho, code } = await failing("reset");
    await assert.rejects(zoho.fetch(TOKEN_URL, exchange(code)), (error) => {
      assert.ok(error instanceof TypeError);
      assert.equal(/** @type {any} */ (error.cause).code, "ECONNRESET");
      return true;
    });
    const again = await zoho.fetch(TOKEN_URL, exchange(code));
    assert.deepEqual(await again.json(), INVALID_CODE);
    assert.deepEqual(
      zoho.log.map(({ status, fault, error }) => ({ status, fault, error })),
      [
        { status: 200, fault: "reset", error: undefined },
        { status: 200, fault: undefined, error: "invalid_code" },
      ],
    );
  });

  test("slow: pending until the signal aborts", async () => {
    const { zoho, code } = await failing("slow");
    const controller = new AbortController();
    const pending = zoho.fetch(TOKEN_URL, { ...exchange(code), signal: controller.signal });
    assert.ok(await isPending(pending));
    controller.abort("enough");
    await assert.rejects(pending, (error) => error === "enough");
  });

  test("stall: half of the body, then pending until the signal aborts", async () => {
    const { zoho, code } = await failing("stall");
    const controller = new AbortController();
    const response = await zoho.fetch(TOKEN_URL, { ...exchange(code), signal: controller.signal });
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    assert.match(first, /^\{"access_token":"1000\.[^}]+$/);
    const rest = reader.read();
    assert.ok(await isPending(rest));
    controller.abort("enough");
    await assert.rejects(rest, (error) => error === "enough");
  });

  test("endless: generated only as it is read", async () => {
    const { zoho, code } = await failing("endless");
    const controller = new AbortController();
    const response = await zoho.fetch(TOKEN_URL, { ...exchange(code), signal: controller.signal });
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    let size = 0;
    while (size < 10_000_000) size += (await reader.read()).value?.length ?? 0;
    controller.abort("enough");
    await assert.rejects(reader.read(), (error) => error === "enough");
    const second = await failing("endless");
    const cancelled = await second.zoho.fetch(TOKEN_URL, exchange(second.code));
    await cancelled.body?.cancel();
  });
});

describe("methods", () => {
  test("consent approves or denies", async () => {
    const zoho = await fake();
    const callback = new URL(zoho.consent(authorizationUrl(), { email: "eva@example.eu" }));
    assert.equal(callback.searchParams.get("location"), "eu");
    assert.equal(callback.searchParams.get("accounts-server"), "https://accounts.zoho.eu");
    assert.equal(callback.searchParams.get("state"), "s");
    const approved = new URL(zoho.consent(new URL(authorizationUrl())));
    assert.equal(approved.searchParams.get("location"), "us");
    assert.equal(zoho.consent(authorizationUrl(), { deny: true }), `${REDIRECT_URI}?state=s&error=access_denied`);
    const page = 'Zoho answers this authorization request with the page "Invalid OAuth scope": correct the request';
    assert.throws(() => zoho.consent(authorizationUrl({ scope: "all" })), isInvalid({ message: page }));
  });

  test("selfClientCode, advance and revokeAll", async () => {
    const zoho = await fake();
    const options = { client_id: CLIENT.client_id, scope: "ZohoCRM.org.READ" };
    const late = zoho.selfClientCode({ ...options, seconds: 60 });
    zoho.advance(60);
    assert.deepEqual(await (await zoho.fetch(TOKEN_URL, exchange(late))).json(), INVALID_CODE);
    const code = zoho.selfClientCode({ ...options, location: "eu" });
    const tokens = await zoho.fetch(TOKEN_URL.replace(".com", ".eu"), exchange(code, "secret-eu"));
    const { access_token } = await tokens.json();
    const org = async () => {
      const headers = { authorization: `Bearer ${access_token}` };
      return (await zoho.fetch("https://www.zohoapis.eu/crm/v8/org", { headers })).status;
    };
    assert.equal(await org(), 200);
    zoho.revokeAll();
    assert.equal(await org(), 401);
  });

  test("invalid arguments are rejected with the reason", async () => {
    const zoho = await fake();
    const unregistered = { message: 'no client "1000.NONE" is registered: list it in the clients of the fake' };
    assert.throws(() => zoho.selfClientCode({ client_id: "1000.NONE", scope: "a.b.ALL" }), isInvalid(unregistered));
    const next = "pass a whole number from 0 to 4294967295";
    for (const seconds of [-1, 1.5, Number.NaN, 2 ** 32]) {
      assert.throws(() => zoho.advance(seconds), isInvalid({ message: `seconds is ${seconds}: ${next}` }));
    }
    assert.throws(() => zoho.fail("token", "reset", -1), isInvalid({ message: `times is -1: ${next}` }));
    const endpoint = 'no endpoint is called "auth": use one of token, revoke, api';
    assert.throws(() => zoho.fail(/** @type {any} */ ("auth"), "reset"), isInvalid({ message: endpoint }));
    assert.throws(() => zoho.fail("token", "boom"), /no way to fail is called "boom": use one of http_500_html, /);
    const options = /** @type {any} */ ({ sead: 1 });
    const unknown =
      "the options of the fake cannot be read, since unknown field `sead`, expected one of `clients`, `users`, `seed`, " +
      "`now`, `callback` at line 1 column 7: correct them";
    await assert.rejects(fakeZoho(options), isInvalid({ message: unknown }));
  });

  test("fakes with the same seed give the same values and share no state", async () => {
    const [one, two] = [await fake(), await fake()];
    const options = { client_id: CLIENT.client_id, scope: "ZohoCRM.org.READ" };
    const code = one.selfClientCode(options);
    assert.equal(two.selfClientCode(options), code);
    assert.notEqual(one.selfClientCode(options), code);
    assert.equal((await (await one.fetch(TOKEN_URL, exchange(code))).json()).token_type, "Bearer");
    assert.equal((await (await two.fetch(TOKEN_URL, exchange(code))).json()).token_type, "Bearer");
    assert.deepEqual([one.log.length, two.log.length], [1, 1]);
  });
});

describe("listen", () => {
  test("serves every data centre at its own origin, which its responses name", async (t) => {
    const zoho = await fake();
    const { accounts, api, close } = await zoho.listen();
    t.after(close);
    const origins = [...Object.values(accounts), ...Object.values(api)];
    assert.equal(new Set(origins).size, 20);
    for (const origin of origins) assert.match(origin, /^http:\/\/127\.0\.0\.1:\d+$/);
    const info = await (await fetch(`${accounts.jp}/oauth/serverinfo`)).json();
    assert.deepEqual(info, { result: "success", locations: accounts });

    const consent = `${accounts.us}/oauth/v2/auth${new URL(authorizationUrl()).search}`;
    const page = await fetch(consent);
    assert.equal(page.headers.get("content-type"), "text/html;charset=UTF-8");
    assert.match(await page.text(), /<form method="post" action="\/oauth\/v2\/auth">/);
    const callback = new URL(zoho.consent(consent, { email: "eva@example.eu" }));
    assert.equal(callback.searchParams.get("accounts-server"), accounts.eu);

    const code = String(callback.searchParams.get("code"));
    const init = exchange(code, "secret-eu");
    /** @type {URLSearchParams} */ (init.body).set("redirect_uri", REDIRECT_URI);
    const { access_token, api_domain } = await (await fetch(`${accounts.eu}/oauth/v2/token`, init)).json();
    assert.equal(api_domain, api.eu);
    const headers = { authorization: `Zoho-oauthtoken ${access_token}` };
    const { org } = await (await fetch(`${api_domain}/crm/v8/org`, { headers })).json();
    assert.equal(org[0].country_code, "DE");
    assert.equal((await zoho.fetch("https://www.zohoapis.eu/crm/v8/org", { headers })).status, 200);
    assert.deepEqual(zoho.log.at(-2), {
      method: "GET",
      host: "www.zohoapis.eu",
      path: "/crm/v8/org",
      status: 200,
    });
    await close();
    const real = new URL(zoho.consent(authorizationUrl())).searchParams.get("accounts-server");
    assert.equal(real, "https://accounts.zoho.com");
    await assert.rejects(fetch(`${accounts.us}/oauth/serverinfo`), TypeError);
  });

  test("allows one server at a time", async (t) => {
    const zoho = await fake();
    const first = await zoho.listen();
    t.after(first.close);
    const again = "the fake listens already: call close() of what listen() resolved to";
    await assert.rejects(zoho.listen(), isInvalid({ message: again }));
    await first.close();
    await first.close();
    const second = await zoho.listen();
    // The first close() does not close the second server.
    await first.close();
    const callback = new URL(zoho.consent(authorizationUrl()));
    assert.equal(callback.searchParams.get("accounts-server"), second.accounts.us);
    await second.close();
  });

  test("uses the given port and the following ones, or rejects", async (t) => {
    const [one, two] = [await fake(), await fake()];
    /** Tries other ports, since some may be in use. @param {number} port @returns {ReturnType<typeof one.listen>} */
    const listenFrom = (port) => one.listen(port).catch(() => listenFrom(port + 20));
    const { accounts, api, close } = await listenFrom(20_000);
    t.after(close);
    const first = Number(new URL(accounts.us).port);
    const next = [api.us, accounts.eu, api.eu, accounts.in].map((origin) => Number(new URL(origin).port) - first);
    assert.deepEqual(next, [1, 2, 3, 4]);
    await assert.rejects(two.listen(first - 1), (error) => {
      assert.ok(error instanceof OAuthError);
      assert.equal(error.code, "network");
      assert.equal(/** @type {any} */ (error.cause).code, "EADDRINUSE");
      return true;
    });
    await isPending(new Promise(() => {}));
    const servers = process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap");
    assert.equal(servers.length, 20, "servers that were started before the busy port are closed");
    await assert.rejects(two.listen(-1), /port is -1: pass a whole number from 0 to 4294967295$/);
    await (await two.listen()).close();
  });

  test("fails on the network as the failures say", async (t) => {
    const zoho = await fake();
    const { accounts, close } = await zoho.listen();
    t.after(close);
    const url = `${accounts.us}/oauth/v2/token`;
    const refresh = (/** @type {AbortSignal} */ signal) =>
      fetch(url, { method: "POST", body: new URLSearchParams({ grant_type: "refresh_token" }), signal });
    const controllers = Array.from({ length: 4 }, () => new AbortController());
    const [reset, slow, stall, endless] = controllers.map(({ signal }) => signal);
    assert.ok(reset && slow && stall && endless);

    zoho.fail("token", "reset");
    await assert.rejects(refresh(reset), (error) => /** @type {any} */ (error).cause.code === "ECONNRESET");

    zoho.fail("token", "slow");
    const slowCall = refresh(slow);
    slowCall.catch(() => {});
    while (zoho.log.length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(await isPending(slowCall));

    zoho.fail("token", "stall");
    const stalled = await refresh(stall);
    const reader = /** @type {ReadableStream<Uint8Array>} */ (stalled.body).getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), '{"error":"inv');
    const rest = reader.read();
    rest.catch(() => {});
    assert.ok(await isPending(rest));

    zoho.fail("token", "endless");
    const poured = /** @type {ReadableStream<Uint8Array>} */ ((await refresh(endless)).body).getReader();
    let size = 0;
    while (size < 1_000_000) size += (await poured.read()).value?.length ?? 0;

    // All connections are still open, and none prevents close().
    await close();
    await assert.rejects(slowCall);
    await assert.rejects(rest);
  });

  test("survives a client that resets its connection", async (t) => {
    const zoho = await fake();
    const { accounts, close } = await zoho.listen();
    t.after(close);
    const socket = connect(Number(new URL(accounts.us).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("POST /oauth/v2/token HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf");
    socket.resetAndDestroy();
    assert.equal((await fetch(`${accounts.us}/oauth/serverinfo`)).status, 200);
    assert.deepEqual(
      zoho.log.map(({ path }) => path),
      ["/oauth/serverinfo"],
    );
  });
});

test("an input of more than 1 MiB is refused before it is copied, and the fake works afterwards", async () => {
  const more = "x".repeat(2 ** 20 + 1);
  const created = await fake();
  const refused = { code: "invalid_configuration", message: "the input of the fake has more than 1 MiB: pass less" };
  assert.throws(() => created.selfClientCode({ client_id: CLIENT.client_id, scope: more }), refused);
  assert.throws(() => created.consent(authorizationUrl({ scope: more }), {}), refused);
  await assert.rejects(fakeZoho({ clients: [{ client_id: more, client_secret: "s", redirect_uris: [] }] }), refused);
  const { status } = await created.fetch(TOKEN_URL, { method: "POST", body: more });
  assert.equal(status, 413);
  assert.match(created.selfClientCode({ client_id: CLIENT.client_id, scope: "ZohoCRM.org.READ" }), /^1000\./);
});
