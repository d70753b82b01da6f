// docs/providers.md: its snippet runs, and its row, vector, profiles and columns are those of the code.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import test from "node:test";
import { OAuthClient } from "grantkit";
import { rows } from "../support/markdown.mjs";
import { snippetsOf } from "../support/snippets.mjs";

const { text, snippet, noneIsLeftOut } = await snippetsOf("docs/providers.md");
const source = (/** @type {string} */ path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
const issuer = "https://as.example";

test("the metadata of a server makes a client, and metadata of another issuer is rejected", async (t) => {
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
  };
  /** @type {string[]} */
  const requested = [];
  t.mock.method(globalThis, "fetch", async (/** @type {string} */ url) => {
    requested.push(url);
    return Response.json(metadata);
  });
  const { discoverClient } = await snippet("Without a profile");
  const registration = { client_id: "mine", redirect_uri: "https://app.example/callback" };
  const client = await discoverClient(issuer, registration);
  assert.ok((await client.authorizationRequest({ scope: "read" })).url.startsWith(`${issuer}/authorize?`));
  await assert.rejects(
    discoverClient("https://other.example/tenant", registration),
    /names the issuer https:\/\/as\.example/,
  );
  const known = "/.well-known/oauth-authorization-server";
  assert.deepEqual(requested, [issuer + known, `https://other.example${known}/tenant`]);
});

test("the profiles are those of the code", async () => {
  const named = rows(text, "`profile`").map(([name]) => name);
  const files = await readdir(new URL("../../src/provider/rows/", import.meta.url));
  const ids = files.filter((file) => file.endsWith(".json")).map((file) => file.replace(/\.json$/, ""));
  assert.deepEqual([...named].sort(), ids.sort());
  const endpoints = { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` };
  for (const profile of named) {
    // The profiles of providers with one place contain their endpoints.
    const hasEndpoints = ["zoho", "github"].includes(`${profile}`);
    const server = { profile: `${profile}`, ...(!hasEndpoints && endpoints) };
    const redirect_uri = "https://app.example/callback";
    const client = new OAuthClient({ server, client_id: "mine", client_secret: "secret", redirect_uri });
    assert.match((await client.authorizationRequest({ scope: "read" })).url, /^https:/);
  }
});

test("the columns are those of the code", async () => {
  const [, list = ""] = /const COLUMNS: .*?\[\n(.*?)\];/s.exec(await source("src/provider/row.rs")) ?? [];
  const columns = [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  assert.ok(columns.length > 20);
  assert.deepEqual(
    rows(text, "Column").flatMap(([names = ""]) => names.split(", ")),
    columns,
  );
});

test("the row and the vector are those of GitHub", async () => {
  const [, row = "", vector = ""] = /^```json\n(.*?)^```$.*?^ {3}```json\n(.*?)^ {3}```$/ms.exec(text) ?? [];
  assert.equal(row, await source("src/provider/rows/github.json"));
  const { rows: vectors } = JSON.parse(await source("tests/vectors/token_responses/github.json"));
  assert.deepEqual(JSON.parse(vector), vectors[0]);
});

test("every snippet is run", noneIsLeftOut);
