// The cause of an error of the user's own store: what is hidden of it, and what is kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { cleaned, HIDDEN, redacting } from "../../pkg/cause.js";
import { dumps } from "../../pkg/dumps.js";

const ACCESS = "1000.8f3a5b6c7d8e9f00aa11bb22cc33dd44.ee55ff6677";
// Each encoding changes a character of every eight.
const REFRESH = 'rt/4+a"b\\cd=e/Fg+h"i\\jk=l/Mn+o';
const RECORD = JSON.stringify({
  version: 3,
  tokens: { access_token: ACCESS, token_type: "Bearer", refresh_token: REFRESH },
  requests: [1_900_000_000_000],
});

const clean = redacting([ACCESS, REFRESH], dumps(false));
const guess = redacting([], dumps(true));

const hex = (/** @type {string} */ text) => Buffer.from(text).toString("hex");
const pairs = (/** @type {string} */ text) => hex(text).match(/../g) ?? [];
const base64 = (/** @type {string} */ text) => Buffer.from(text).toString("base64");
const escaped = (/** @type {string} */ text) => JSON.stringify(text).slice(1, -1);

/** How drivers and logs write a text. @type {Record<string, (text: string) => string>} */
const FORMS = {
  "as it is": (text) => text,
  "JSON in JSON": escaped,
  "JSON in JSON in JSON": (text) => escaped(escaped(text)),
  "escaped for PHP": (text) => text.replaceAll("/", "\\/"),
  "code units": (text) => pairs(text).reduce((whole, pair) => `${whole}\\u00${pair}`, ""),
  "escaped bytes": (text) => pairs(text).reduce((whole, pair) => `${whole}\\x${pair}`, ""),
  "a part of a URL": encodeURIComponent,
  "a URL in a URL": (text) => encodeURIComponent(encodeURIComponent(text)),
  "every character of a URL": (text) => pairs(text).reduce((whole, pair) => `${whole}%${pair}`, ""),
  hex,
  "hex in capitals": (text) => hex(text).toUpperCase(),
  "bytea of Postgres": (text) => `\\x${hex(text)}`,
  "a blob of SQLite": (text) => `X'${hex(text)}'`,
  "a number in hex": (text) => `0x${hex(text)}`,
  "a Buffer": (text) => `<Buffer ${pairs(text).join(" ")}>`,
  "a list of bytes": (text) =>
    pairs(text)
      .map((pair) => `0x${pair}`)
      .join(", "),
  "hex with colons": (text) => pairs(text).join(":"),
  "UTF-16 in hex": (text) => Buffer.from(text, "utf16le").toString("hex"),
  "hex that begins in a byte": (text) => hex(text).slice(1),
  base64,
  base64url: (text) => Buffer.from(text).toString("base64url"),
  "base64 in a URL": (text) => encodeURIComponent(base64(text)),
  "base64 from the second character on": (text) => base64(text).slice(1),
  "base64 from the third character on": (text) => base64(text).slice(2),
  "base64 from the fourth character on": (text) => base64(text).slice(3),
  "UTF-16 in base64": (text) => Buffer.from(text, "utf16le").toString("base64"),
};

/** What must not be in a text: each eight characters of a token, in the form. @param {string} shown @param {(text: string) => string} form */
function assertHides(shown, form) {
  for (const token of [ACCESS, REFRESH]) {
    for (let at = 0; at + 12 <= token.length; at += 1) {
      const part = form(token.slice(at, at + 12)).replace(/[=>]+$|^(?:<Buffer |\\x|X'|0x)|'$/g, "");
      assert.ok(!shown.includes(part), `${part} in ${shown}`);
    }
  }
}

for (const [name, form] of Object.entries(FORMS)) {
  test(`a token is hidden in this form: ${name}`, () => {
    for (const text of [RECORD, ACCESS, REFRESH, RECORD.slice(60), RECORD.slice(0, -40)]) {
      const shown = clean(`could not save ${form(text)} to the table grants`);
      assertHides(shown, form);
      assert.match(shown, /^could not save .*\[redacted\].* to the table grants$/s);
    }
  });

  test(`a text without a token stays in this form: ${name}`, () => {
    const text = `relation ${form("grants_of_tenants has no column named expires")} at 10.0.0.7:5432`;
    assert.equal(clean(text), text);
  });
}

test("the values of a record's members are hidden, whatever they are", () => {
  for (const [text, shown] of /** @type {const} */ ([
    ['{"access_token":"short","scope":"read"}', '{"access_token":"[redacted]","scope":"read"}'],
    ['{\\"refresh_token\\":\\"a.b\\"}', '{\\"refresh_token\\":\\"[redacted]\\"}'],
    ["{ accessToken: 'a-b', idToken: 'c' }", "{ accessToken: '[redacted]', idToken: '[redacted]' }"],
    ["refresh_token=abc&grant_type=refresh_token", "refresh_token=[redacted]&grant_type=refresh_token"],
    ["'access_token' => 'x y'", "'access_token' => '[redacted] y'"],
    ["%22refresh_token%22%3A%22abc%22", "%22refresh_token%22%3A%22[redacted]%22"],
    ["Bearer invalid_token: expired", "Bearer invalid_token: expired"],
    ['column "access_token" does not exist', 'column "access_token" does not exist'],
  ])) {
    assert.equal(clean(text), shown);
  }
  assert.match(clean(hex('{"access_token":"short"}')), /^\[redacted\]$/);
});

test("in a text that may show a record that was not seen, what looks like a token is hidden", () => {
  for (const token of [
    "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ",
    "gho_16C7e42F292c6912E7710c838347Ae178B4a",
    "ya29.a0AfB_byC-1xYz2wVu3tSr4qPo5nMl6kJi7hGf8eDc9b",
    "AQAA-2f7Xb_Kp93Lm-4cT",
    hex("bytes of a record"),
  ]) {
    const shown = guess(`Unexpected token 'x', ..."n":"${token}" is not valid JSON`);
    assert.match(shown, /^Unexpected token 'x', \.\.\."n":".*\[redacted\]" is not valid JSON$/, token);
    assert.equal(clean(token), token, "of known tokens, only these are hidden");
  }
  for (const text of [
    "getaddrinfo ENOTFOUND grants.cluster-c1a2b3d4e5f6.eu-west-1.rds.amazonaws.com",
    "connect ECONNREFUSED 127.0.0.1:5432 (ep-cool-darkness-123456.eu-central-1.aws.neon.tech)",
    "request 0b8f1c9e-3c52-4a59-9d8e-2f6f0a1b2c3d timed out after 30000 ms at 2026-04-01T10:00:00.000Z",
    "ENOENT: no such file or directory, open '/srv/tenants/Acme4GmbH7Muenchen/grants.json'",
    "at processTicksAndRejections (node:internal/process/task_queues:95:5)",
    'duplicate key value violates unique constraint "grants_pkey" (SQLSTATE 23505)',
  ]) {
    assert.equal(guess(text), text);
  }
});

/** @param {unknown} thrown @returns {any} */
const copyOf = (thrown) => cleaned(thrown, clean);

class DatabaseError extends Error {
  severity = "ERROR";
}

test("objects, lists, causes and the errors of an error are cleaned, and keep what is no secret", () => {
  const inner = Object.assign(new TypeError(`bad ${ACCESS}`), { errno: -28, syscall: "write" });
  const thrown = Object.assign(new DatabaseError("failed", { cause: inner }), {
    code: "23505",
    errno: 1062,
    meta: { target: ["key", RECORD], modelName: "Grant", deep: { ok: true, nothing: null, big: 7n } },
    parameters: ["default", RECORD, 7, Buffer.from(RECORD), JSON.parse(JSON.stringify(Buffer.from(RECORD)))],
    bindings: { access_token: "short", key: "default" },
    command: { name: "set", args: new Map([["record", RECORD]]), when: new Wrapper(RECORD) },
    [Symbol("tokens")]: REFRESH,
    [`key ${ACCESS}`]: 1,
  });
  Object.defineProperty(thrown, "hidden", { value: RECORD, enumerable: false });
  const cause = copyOf(thrown);
  assert.notEqual(cause, thrown);
  assert.equal(cause.constructor, DatabaseError);
  assert.deepEqual(
    [cause.message, cause.name, cause.severity, cause.code, cause.errno],
    ["failed", "Error", "ERROR", "23505", 1062],
  );
  assert.deepEqual(cause.meta.deep, { ok: true, nothing: null, big: 7n });
  assert.deepEqual([cause.meta.modelName, cause.meta.target[0]], ["Grant", "key"]);
  assert.match(cause.meta.target[1], /^\{"version":3,"tokens":\{"access_token":"\[redacted\]","token_type":"Bearer",/);
  assert.deepEqual([cause.parameters[0], ...cause.parameters.slice(2, 4)], ["default", 7, HIDDEN]);
  assert.deepEqual(cause.parameters[4], { type: "Buffer" });
  assert.deepEqual(cause.bindings, { key: "default" });
  assert.deepEqual(cause.command, { name: "set", args: {}, when: { kind: "wrapper" } });
  assert.equal(cause.cause.constructor, TypeError);
  assert.deepEqual([cause.cause.message, cause.cause.errno, cause.cause.syscall], ["bad [redacted]", -28, "write"]);
  assert.match(cause.stack, /causes\.test\.mjs/);
  const shown = inspect(cause, { depth: 12, showHidden: true }) + cause.stack + cause.cause.stack;
  for (const form of Object.values(FORMS)) assertHides(shown, form);

  const many = copyOf(new AggregateError([new Error("a"), new Error(RECORD)], "all failed"));
  assert.equal(many.constructor, AggregateError);
  assert.deepEqual([many.message, many.errors.length, many.errors[0].message], ["all failed", 2, "a"]);
  assert.match(many.errors[1].message, /\[redacted\]/);
});

class Wrapper {
  #text;
  kind = "wrapper";

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  [inspect.custom]() {
    return this.#text;
  }
}

test("a cause without a secret stays as it is", () => {
  const circular = Object.assign(new Error("no"), { self: /** @type {unknown} */ (undefined) });
  circular.self = circular;
  for (const cause of [
    Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", errno: -111, meta: { list: [1, "b"] } }),
    new AggregateError([new Error("a"), new Error("b")], "both"),
    new DOMException("aborted", "AbortError"),
    circular,
    { code: 1 },
    "text",
    undefined,
  ]) {
    assert.equal(cleaned(cause, clean), cause);
  }
});

test("getters are not called, but those that errors have", () => {
  const asked = { times: 0 };
  const thrown = Object.assign(new Error("failed"), { code: "E1" });
  Object.defineProperty(thrown, "row", {
    enumerable: true,
    get: () => {
      asked.times += 1;
      return RECORD;
    },
  });
  const cause = copyOf(thrown);
  assert.deepEqual([cause.message, cause.code, "row" in cause, asked.times], ["failed", "E1", false, 0]);
});

test("proxies, circles, functions and what throws do no harm, and the rest of the cause is kept", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = new Proxy({}, { ownKeys: () => assert.fail("refused") });
  const thrown = Object.assign(new Error("failed"), { code: "E2", list: [proxy, throwing, () => RECORD, 1] });
  Reflect.set(thrown, "self", { thrown, text: ACCESS });
  const cause = copyOf(thrown);
  assert.deepEqual([cause.message, cause.code], ["failed", "E2"]);
  assert.deepEqual(cause.list, [HIDDEN, HIDDEN, HIDDEN, 1]);
  assert.deepEqual(cause.self, { text: "[redacted]" });
  assert.equal(JSON.stringify(cleaned(proxy, clean)), "{}");
  assert.ok(cleaned(proxy, clean) instanceof Error);
});

test("of a huge cause a part is copied", () => {
  const long = "select ".repeat(1_000_000);
  /** @type {any} */
  let deep = { text: "the end" };
  for (let level = 0; level < 10_000; level += 1) deep = { deep };
  const thrown = Object.assign(new Error(`${long}${ACCESS}`), {
    code: "E3",
    rows: Array.from({ length: 1_000_000 }, (_, at) => at),
    texts: Array.from({ length: 5000 }, () => "row ".repeat(100)),
    deep,
  });
  const cause = copyOf(thrown);
  assert.equal(cause.code, "E3");
  assert.equal(cause.message, `${long.slice(0, 8192)}…`);
  assert.ok(JSON.stringify({ ...cause, message: cause.message, stack: cause.stack }).length < 200_000);
});
