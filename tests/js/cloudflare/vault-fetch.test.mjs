// vaultFetch with vaults of plain objects: signals, and the errors that a runtime throws.
import assert from "node:assert/strict";
import { test } from "node:test";
import { vaultFetch } from "../../../pkg/vault-fetch.js";
import { plainClient, rejects, tokenResponse } from "../support/plain.mjs";

const token = { access_token: "at-1", accounts_server: "https://as.example" };
const server = { issuer: "https://as.example", api_domain: "https://api.example" };

test("an error of the runtime is the cause, and its retryable flag is kept", async () => {
  const client = plainClient(() => assert.fail("a request was sent"), { server });
  for (const [thrown, retryable] of /** @type {const} */ ([
    [Object.assign(new Error("the object was reset"), { retryable: true, remote: true }), true],
    [Object.assign(new Error("overloaded"), { overloaded: true }), false],
    [new TypeError("accessToken is not a function"), false],
    ["text", false],
    [undefined, false],
  ])) {
    const vault = { accessToken: () => Promise.reject(thrown) };
    const expected = /** @type {const} */ ({ code: "store", retryable, cause: thrown });
    const error = await rejects(vaultFetch(client, vault, "/me"), expected);
    assert.match(error.message, /the vault did not respond/);
  }
  const unbound = /** @type {any} */ (undefined);
  await rejects(vaultFetch(client, unbound, "/me"), {
    code: "invalid_configuration",
    message: "the vault has no accessToken(): pass env.VAULT.getByName(name), and check its binding",
  });
});

test("a token of the vault that cannot be sent is an error, which does not show it", async () => {
  const client = plainClient(() => assert.fail("a request was sent"), { server });
  for (const access_token of ["secret\r\nx: 1", "secret-é", /** @type {any} */ (["secret"])]) {
    const vault = { accessToken: async () => ({ ...token, access_token }) };
    const error = await rejects(vaultFetch(client, vault, "/me"), {
      code: "store",
      next: "save() the grant's tokens again",
    });
    assert.doesNotMatch(`${error.stack}${error.cause}`, /secret/);
  }
});

test("an aborted call does not wait for the vault", async () => {
  const client = plainClient(() => assert.fail("a request was sent"), { server });
  const controller = new AbortController();
  const vault = { accessToken: () => new Promise(() => {}) };
  const call = rejects(vaultFetch(client, vault, "/me", { signal: controller.signal }), { code: "aborted" });
  controller.abort();
  await call;
  const unused = { accessToken: () => assert.fail("the vault was called") };
  await rejects(vaultFetch(client, unused, "/me", { signal: controller.signal }), { code: "aborted" });
});

test("a rejected token is passed to the vault, and no other token is", async () => {
  /** @type {unknown[]} */
  const options = [];
  const vault = {
    accessToken: async (/** @type {unknown} */ passed) => {
      options.push(passed);
      return { ...token, access_token: `at-${options.length}` };
    },
  };
  const client = plainClient(
    (_, { headers }) =>
      new Headers(headers).get("authorization") === "Bearer at-1"
        ? new Response(null, { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } })
        : tokenResponse(),
    { server },
  );
  assert.equal((await vaultFetch(client, vault, "/me")).status, 200);
  assert.deepEqual(options, [{ unsaved: true }, { unsaved: true, rejected: "at-1" }]);
  await rejects(vaultFetch(/** @type {any} */ ({}), vault, "/me"), { code: "invalid_configuration" });
  await rejects(vaultFetch(client, vault, "https://evil.example/"), { code: "invalid_configuration" });
});
