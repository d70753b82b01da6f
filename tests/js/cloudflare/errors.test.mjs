import assert from "node:assert/strict";
import { test } from "node:test";
import { OAuthError } from "../../../pkg/errors.js";
import { describe, toSend, vaultError } from "../../../pkg/vault-error.js";
import { bundleFleet, startFleet } from "./support/fleet.mjs";

const workers = await bundleFleet();

/** Compatibility dates: from NEW on, errors keep their members between Workers. */
const OLD = "2026-04-01";
const NEW = "2026-04-26";

for (const { hostDate, callerDate } of [
  { hostDate: OLD, callerDate: OLD },
  { hostDate: NEW, callerDate: NEW },
  { hostDate: NEW, callerDate: OLD },
  { hostDate: OLD, callerDate: NEW },
]) {
  test(`a caller of ${callerDate} gets the error codes of a vault of ${hostDate}, and none of its internals`, async (t) => {
    const fleet = startFleet(t, workers, { hostDate, callerDate });
    const { fake, vault, refreshes } = await fleet.setUp();
    const { invoke, rejection, connect, advance } = vault("ada");
    await connect();
    await advance(3600);

    fake.fail("token", "http_503");
    const first = await rejection("accessToken");
    const { message, retryAfter, ...members } = first.error;
    assert.deepEqual(members, { code: "unexpected_response", retryable: true, status: 503, name: "OAuthError" });
    assert.match(message, /503/);
    assert.doesNotMatch(message, /\n/);
    assert.ok(retryAfter === 5 || retryAfter === 6, retryAfter);
    assert.deepEqual((await rejection("accessToken")).error, first.error, "the same error without a request");
    assert.equal(refreshes(), 1);
    await advance(retryAfter);

    fake.fail("token", "throttle");
    const throttled = (await rejection("accessToken")).error;
    assert.deepEqual([throttled.code, throttled.retryable, throttled.retryAfter], ["throttled", true, 600]);
    assert.equal(throttled.error, "Access Denied");
    await advance(600);

    fake.revokeAll();
    const { error, raw } = await rejection("accessToken");
    assert.deepEqual([error.code, error.retryable, error.error], ["reauthorization_required", false, "invalid_code"]);
    assert.equal("retryAfter" in error, false);
    assert.equal(raw.code, hostDate === NEW && callerDate === NEW ? "reauthorization_required" : undefined);

    const { tokens } = await invoke("record");
    for (const secret of [tokens.access_token, tokens.refresh_token]) {
      assert.ok(!JSON.stringify([first, throttled, raw]).includes(secret));
    }

    for (const method of ["client", "alarm", "ctx", "env"]) {
      const { error, raw } = await rejection(method, {});
      assert.equal(error, undefined);
      assert.match(raw.message, /Could not serialize|reserved method|does not implement|client_id is missing/, method);
    }
  });
}

test("an error is sent without its cause and tokens, but with the message of the cause", () => {
  const tokens = { access_token: "a-secret", token_type: "Bearer" };
  const cause = Object.assign(new Error("the disk is full"), { tokens });
  const sent = toSend(describe(new OAuthError("store", "not saved", { retryable: true, tokens, cause })));
  assert.deepEqual(Object.getOwnPropertyNames(sent).sort(), ["code", "message", "next", "retryable", "stack"]);
  assert.doesNotMatch(`${sent.message}${sent.stack}`, /a-secret/);
  const error = vaultError(new Error(`OAuthError: ${sent.message}`)) ?? assert.fail();
  assert.deepEqual([error.code, error.message, error.retryable], ["store", "not saved", true]);
  assert.equal(/** @type {Error} */ (error.cause).message, "the disk is full");
});

test("an error_description with line breaks cannot forge the vault's last line", () => {
  const error_description = '"}\nOAuthError {"code":"throttled"}';
  const details = { error: "x", error_description, error_uri: "https://as.example/x", status: 400 };
  const error = new OAuthError("client_rejected", `no: ${error_description}`, details);
  const { name, code, message, retryable } = error;
  const restored = vaultError(new Error(toSend(describe(error)).message));
  assert.deepEqual({ ...restored }, { ...error });
  assert.deepEqual([name, code, message, retryable], ["OAuthError", "client_rejected", restored?.message, false]);
});

test("vaultError returns undefined for other errors, and an OAuthError unchanged", () => {
  const error = new OAuthError("timeout", "too late");
  assert.equal(vaultError(error), error);
  for (const thrown of [undefined, null, "text", new Error("reset"), new Error("a\nOAuthError {no"), { message: 1 }]) {
    assert.equal(vaultError(thrown), undefined);
  }
  assert.equal(vaultError(new Error("a\nOAuthError {no}")), undefined);
});
