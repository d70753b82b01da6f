// fetch: to which origins the token is sent, and in which header.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryStore, OAuthClient, TokenManager, zoho } from "grantkit";
import { recordingApi } from "./support/api.mjs";
import { rejects } from "./support/expect.mjs";
import { CLIENT, NOW, setUp } from "./support/setup.mjs";

const ORG = "https://www.zohoapis.com/crm/v8/org";

test("a path of the CRM, at the fake", async () => {
  const { fake, manager } = await setUp();
  const response = await manager.fetch("/crm/v8/Leads?fields=Last_Name&per_page=2");
  assert.equal(response.status, 200);
  assert.equal((await response.json()).data.length, 2);
  const { method, host, path, status } = fake.log.at(-1) ?? {};
  assert.deepEqual(
    { method, host, path, status },
    {
      method: "GET",
      host: "www.zohoapis.com",
      path: "/crm/v8/Leads",
      status: 200,
    },
  );
});

test("method, headers and body are sent unchanged", async () => {
  const { manager } = await setUp();
  const body = JSON.stringify({ data: [{ Last_Name: "Written" }] });
  const headers = { "content-type": "application/json" };
  const written = await (await manager.fetch("/crm/v8/Leads", { method: "POST", headers, body })).json();
  const { id } = written.data[0].details;
  const read = await (await manager.fetch(`/crm/v8/Leads/${id}?fields=Last_Name`)).json();
  assert.deepEqual(read.data, [{ id, Last_Name: "Written" }]);
});

describe("the profile names the authorization scheme", () => {
  test("Zoho-oauthtoken", async () => {
    const { manager, sent, access_token } = await recordingApi({ profile: "zoho" });
    await manager.fetch("/crm/v8/org");
    assert.deepEqual(
      sent.map(({ url, authorization }) => [url, authorization]),
      [[ORG, `Zoho-oauthtoken ${access_token}`]],
    );
  });

  test("Bearer", async () => {
    const { manager, sent, access_token } = await recordingApi({ profile: "rfc" });
    await manager.fetch("/me?x=1");
    assert.deepEqual(
      sent.map(({ url, authorization }) => [url, authorization]),
      [["https://api.example/me?x=1", `Bearer ${access_token}`]],
    );
  });

  test("an authorization header of the caller is replaced, in any letter case", async () => {
    const { manager, sent, access_token } = await recordingApi({ profile: "zoho" });
    for (const headers of [
      { AUTHORIZATION: "mine" },
      new Headers({ authorization: "mine" }),
      [["Authorization", "x"]],
    ]) {
      await manager.fetch("/crm/v8/org", { headers: /** @type {any} */ (headers) });
    }
    await manager.fetch(new Request(ORG, { headers: { authorization: "mine" } }));
    assert.equal(sent.length, 4);
    for (const { authorization } of sent) assert.equal(authorization, `Zoho-oauthtoken ${access_token}`);
  });
});

test("strings, URLs and Requests are accepted, and the caller's objects are not changed", async () => {
  const { manager, sent } = await recordingApi({ profile: "zoho" });
  const init = { method: "PUT", headers: { "x-one": "1" }, body: "content" };
  const headers = new Headers(init.headers);
  await manager.fetch("/crm/v8/Leads/1", { ...init, headers });
  await manager.fetch("https://www.zohoapis.com/crm/v8/Leads/1", init);
  await manager.fetch(new URL("https://www.zohoapis.com/crm/v8/Leads/1"), init);
  await manager.fetch(new Request("https://www.zohoapis.com/crm/v8/Leads/1", init));
  await manager.fetch(new Request("https://www.zohoapis.com/crm/v8/Leads/1", { method: "PUT", body: "other" }), init);
  const without = { method: undefined, headers: undefined, body: undefined, signal: undefined };
  await manager.fetch(new Request("https://www.zohoapis.com/crm/v8/Leads/1", init), /** @type {any} */ (without));
  assert.equal(sent.length, 6);
  for (const { url, method, body, headers: received } of sent) {
    assert.equal(url, "https://www.zohoapis.com/crm/v8/Leads/1");
    assert.deepEqual([method, body, received.get("x-one")], ["PUT", "content", "1"]);
  }
  assert.equal(headers.has("authorization"), false);
  assert.deepEqual(init, { method: "PUT", headers: { "x-one": "1" }, body: "content" });
});

test("the case of the host, the default port and a fragment do not matter", async () => {
  const { manager, sent, access_token } = await recordingApi({ profile: "zoho" });
  for (const input of [`${ORG}#row`, "/crm/v8/org#row", "https://WWW.ZohoAPIs.com:443/crm/v8/org"])
    await manager.fetch(input);
  assert.deepEqual(
    sent.map(({ url, authorization }) => [new URL(url).href, authorization]),
    sent.map(() => [ORG, `Zoho-oauthtoken ${access_token}`]),
  );
  assert.equal(sent.length, 3);
});

test("a stream is sent as the body", async () => {
  const { manager, sent } = await recordingApi({ profile: "zoho" });
  const body = new Blob(["streamed"]).stream();
  await manager.fetch("/crm/v8/Leads", /** @type {RequestInit} */ ({ method: "POST", body, duplex: "half" }));
  assert.equal(sent[0]?.body, "streamed");
});

describe("nothing is sent", () => {
  for (const input of [
    "https://www.zohoapis.eu/crm/v8/org",
    "https://sandbox.zohoapis.eu/crm/v8/org",
    "https://accounts.zoho.com/oauth/v2/token",
    "https://www.zohoapis.com.evil.example/crm",
    "https://www.zohoapis.com@evil.example/",
    "https://user:password@www.zohoapis.com/crm",
    "https://www.zohoapis.com:8443/crm",
    "https://www.zohoapis.com\t.evil.example/",
    "https://evil.example\\@www.zohoapis.com/",
    "http://www.zohoapis.com/crm/v8/org",
    "https://www.zohoapis.com:80/crm/v8/org",
    "https://evil.example#https://www.zohoapis.com/",
    "https://evil.example/",
    "//evil.example/crm/v8/org",
    "/\\evil.example/",
    "\\\\evil.example/",
    "data:text/plain,x",
    "file:///etc/passwd",
    "crm/v8/org",
    "?x",
    "",
  ]) {
    test(`to ${JSON.stringify(input)}`, async () => {
      const { manager, sent } = await recordingApi({ profile: "zoho" });
      await rejects(manager.fetch(input), { code: "invalid_configuration", retryable: false });
      assert.deepEqual(sent, []);
    });
  }

  test("to a URL or a Request of another origin", async () => {
    const { manager, sent } = await recordingApi({ profile: "zoho" });
    const code = "invalid_configuration";
    await rejects(manager.fetch(new URL("https://evil.example/")), { code });
    await rejects(manager.fetch(new Request("https://evil.example/")), { code });
    for (const input of [undefined, null, 5, {}, ["/crm"]])
      await rejects(manager.fetch(/** @type {any} */ (input)), { code });
    assert.deepEqual(sent, []);
  });

  test("for a path, when the server names no API", async () => {
    const client = new OAuthClient({
      server: { issuer: "https://as.example", token_endpoint: "https://as.example/token" },
      client_id: "plain",
      fetch: () => assert.fail("a request was sent"),
    });
    const manager = new TokenManager(client, memoryStore());
    await manager.save({ access_token: "a", token_type: "Bearer" });
    await rejects(manager.fetch("/me"), { code: "invalid_configuration" });
    await rejects(manager.fetch("https://as.example/me"), { code: "invalid_configuration" });
  });

  test("to an origin that only a tampered record names", async () => {
    const { manager, sent, store, access_token } = await recordingApi({ profile: "zoho" });
    const record = await store.load("default");
    const api_domain = "https://evil.example";
    const tokens = { access_token, token_type: "Bearer", api_domain, accounts_server: "https://accounts.zoho.com" };
    await store.save("default", { version: 99, requests: [], tokens }, record?.version);
    await manager.fetch("/crm/v8/org");
    await rejects(manager.fetch("https://evil.example/crm"), { code: "invalid_configuration" });
    assert.deepEqual(
      sent.map(({ url }) => url),
      [ORG],
    );
  });
});

test("other environments of the grant's data centre get the token", async () => {
  const { manager, sent, access_token } = await recordingApi({ profile: "zoho" });
  for (const host of ["www", "sandbox", "developer"]) {
    await manager.fetch(`https://${host}.zohoapis.com/crm/v8/org`);
    assert.equal(sent.at(-1)?.authorization, `Zoho-oauthtoken ${access_token}`);
  }
  assert.equal(sent.length, 3);
});

test("the global fetch is used when none is configured", async (t) => {
  const { fake, tokens } = await setUp();
  const global = t.mock.method(globalThis, "fetch", fake.fetch);
  const client = new OAuthClient({ server: zoho(), ...CLIENT, clock: () => NOW * 1000 });
  const manager = new TokenManager(client, memoryStore());
  await manager.save(tokens);
  assert.equal((await manager.fetch("/crm/v8/org")).status, 200);
  assert.deepEqual([global.mock.callCount(), global.mock.calls[0]?.this], [1, undefined]);
});
