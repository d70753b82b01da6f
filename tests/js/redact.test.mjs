// Which parameters of a form are no secret: the list of the package and those of the core agree.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { OAuthClient } from "grantkit";
import { PUBLIC, redactedFields } from "../../pkg/redact.js";
import { rejects } from "./support/plain.mjs";

const source = (/** @type {string} */ path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

/** The strings of a list in Rust. @param {string} text @param {string} name */
function listed(text, name) {
  const [, items = assert.fail(name)] =
    new RegExp(`const ${name}: \\[&str; \\d+\\] = \\[(.*?)\\];`, "s").exec(text) ?? [];
  return [...items.matchAll(/"(\w+)"/g)].map(([, item = ""]) => item);
}

/** The names that the parameter for the type of a revoked token has: that of RFC 7009, and those of the rows. */
async function typeParameters() {
  const [, standard = assert.fail()] =
    /type_parameter: Some\("(\w+)"\.to_owned\(\)\)/.exec(await source("src/oauth/profile.rs")) ?? [];
  const names = await readdir(new URL("../../src/provider/rows/", import.meta.url));
  const rows = await Promise.all(names.map(async (name) => JSON.parse(await source(`src/provider/rows/${name}`))));
  const own = rows.flatMap(({ revocation = [] }) => [revocation].flat().map(({ type_parameter }) => type_parameter));
  return [standard, ...own.filter(Boolean)];
}

test("the list has the parameters that the core knows, without the client secret", async () => {
  const request = await source("src/oauth/token_request.rs");
  const reserved = listed(request, "RESERVED").filter((name) => name !== "client_secret");
  const known = [...reserved, ...listed(request, "PUBLIC"), ...(await typeParameters())];
  assert.deepEqual([...PUBLIC].sort(), [...new Set(known)].sort());
});

test("an echoed value is shown for a parameter of the list, and redacted for every other", () => {
  const shown = (/** @type {string} */ name) => {
    const request = { authorization: "", body: new URLSearchParams({ [name]: "the-value" }).toString() };
    return redactedFields(["code", "message", "", "", "400", "invalid_request", "the-value"], request)[6];
  };
  for (const name of PUBLIC) assert.equal(shown(name), "the-value", name);
  for (const name of ["code", "code_verifier", "refresh_token", "token", "client_secret", "assertion", "unknown"]) {
    assert.equal(shown(name), "[redacted]", name);
  }
});

test("a refused revocation shows the type of the token", async () => {
  const description = "refresh_token is no type of a token, nor is the-refresh-token";
  const client = new OAuthClient({
    server: {
      issuer: "https://as.example",
      token_endpoint: "https://as.example/token",
      revocation_endpoint: "https://as.example/revoke",
    },
    client_id: "client",
    client_secret: "a-longer-secret",
    fetch: async () =>
      Response.json({ error: "unsupported_token_type", error_description: description }, { status: 400 }),
  });
  const tokens = { access_token: "the-access-token", refresh_token: "the-refresh-token", token_type: "Bearer" };
  const error = await rejects(client.revoke(tokens), { error: "unsupported_token_type" });
  assert.equal(error.error_description, "refresh_token is no type of a token, nor is [redacted]");
});
