// Consoles, logs and trace listeners never get a token.
import assert from "node:assert/strict";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { test } from "node:test";
import { inspect } from "node:util";
import { assertNoToken, exchanges, flushTasks } from "./support/expect.mjs";
import { CLIENT, LIFETIME, setUp } from "./support/setup.mjs";
import { failSaves, instrumentedStore } from "./support/stores.mjs";
import { passingTime } from "./support/time.mjs";

/** @param {unknown[]} values @param {string[]} secrets */
function assertHidden(values, ...secrets) {
  let text = "";
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const logging = new Console({ stdout, inspectOptions: { depth: 12, showHidden: true } });
  for (const value of values) {
    logging.log(value);
    logging.log("%s %o %O %j", value, value, value, value);
    logging.dir(value, { showHidden: true, depth: 12 });
    text += `${value}${JSON.stringify(value)}${inspect(value, { customInspect: false, depth: 12 })}`;
  }
  assert.ok(text.length > 100);
  for (const secret of secrets) assert.equal(text.includes(secret), false, secret);
  assertNoToken(values);
}

test("a manager shows no secret: idle, during a refresh, after a failed save", async (t) => {
  // The timeout of the pending call must not keep the process running.
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { store, on } = instrumentedStore();
  const { fake, manager, tokens, advance, refreshes } = await setUp({ store });
  const { client_secret } = CLIENT;
  const secrets = [client_secret, tokens.access_token, String(tokens.refresh_token)];
  assertHidden([manager], ...secrets);
  advance(LIFETIME);
  fake.fail("token", "slow");
  const call = manager.accessToken();
  call.catch(() => {});
  await flushTasks();
  assert.equal(refreshes(), 1);
  assertHidden([manager, call], ...secrets);

  t.mock.timers.reset();
  const { manager: other, advance: pass } = await setUp({ store, key: "other" });
  const passing = passingTime(t, () => pass(1));
  failSaves(on);
  const failure = await passing(other.accessToken({ minValidity: LIFETIME + 1 }).catch((error) => error));
  assert.equal(failure.code, "store");
  assertHidden([other, failure], ...secrets, failure.tokens.access_token, failure.tokens.refresh_token);
  assert.equal(JSON.stringify(failure).includes("tokens"), false);
});

test("tokens() hides the tokens from consoles, and JSON has them", async () => {
  const { manager, tokens } = await setUp();
  const own = await manager.tokens();
  assert.deepEqual({ ...own }, { ...tokens });
  assert.equal(JSON.stringify(own), JSON.stringify(tokens));
  let text = "";
  for (const options of [{}, { showHidden: true, depth: 12 }]) text += inspect(own, options) + String(own);
  assert.equal(text.includes(tokens.access_token), false);
  assert.match(text, /TokenSet/);
});

test("trace events have step, URL, status and error code, and no secret", async () => {
  const { fake, manager, events, advance } = await setUp();
  advance(LIFETIME);
  for (const failure of [
    "http_500_html",
    "reset",
    "throttle_localised",
    "invalid_client_secret",
    "token_with_newline",
  ]) {
    fake.fail("token", failure);
    await manager.accessToken().catch(() => {});
    advance(600);
  }
  await manager.fetch("/crm/v8/Leads?fields=Last_Name&note=secret");
  await manager.revoke();
  const url = "https://accounts.zoho.com/oauth/v2/token";
  const token = { step: "token", grant_type: "refresh_token", url, durationMs: 0 };
  assert.deepEqual(exchanges(events), [
    { ...token, status: 500, code: "unexpected_response" },
    { ...token, code: "network" },
    { ...token, status: 400, code: "throttled" },
    { ...token, status: 200, code: "client_rejected" },
    { ...token, status: 200, code: "malformed_response" },
    { ...token, status: 200 },
    { step: "api", url: "https://www.zohoapis.com/crm/v8/Leads", status: 200, durationMs: 0 },
    { step: "revoke", url: "https://accounts.zoho.com/oauth/v2/revoke/token", status: 200, durationMs: 0 },
  ]);
  assertHidden(events, CLIENT.client_secret);
});

test("a trace function that throws does not fail a call", async () => {
  const { manager, advance, refreshes } = await setUp({
    config: () => ({
      trace() {
        throw new Error("the log is full");
      },
    }),
  });
  advance(LIFETIME);
  assert.equal((await manager.fetch("/crm/v8/org")).status, 200);
  assert.equal(refreshes(), 1);
});

/** Errors as stores throw them: each quotes a record. @type {Record<string, (json: string, tokens: import("grantkit").TokenSet) => unknown>} */
const QUOTES = {
  "Postgres with the row in detail": (json) =>
    Object.assign(new Error('null value in column "name" violates not-null constraint'), {
      name: "DatabaseError",
      code: "23502",
      detail: `Failing row contains (default, ${json}).`,
    }),
  "Postgres, which cuts long values": (json) =>
    Object.assign(new Error("value too long"), {
      code: "22001",
      detail: `Failing row contains (${json.slice(0, 64)}...).`,
    }),
  "knex with the statement in the message": (json) =>
    Object.assign(new Error(`insert into "grants" ("record") values ('${json}') - SQLITE_FULL`), {
      code: "SQLITE_FULL",
    }),
  "Prisma with the arguments": (json) =>
    Object.assign(new Error("Invalid `prisma.grant.upsert()` invocation"), { code: "P2002", meta: { record: json } }),
  "the statement and its parameters": (json) =>
    Object.assign(new Error("failed"), {
      code: "X",
      query: `set '${json}'`,
      parameters: ["default", json],
      bindings: { json },
    }),
  "a nested cause": (json) => new Error("failed", { cause: Object.assign(new TypeError(json), { code: "X" }) }),
  "a text": (json) => `cannot save ${json}`,
  "the record itself": (json) => JSON.parse(json),
  "the stack": (json) => Object.assign(new Error("failed"), { stack: `Error: failed\n${json}` }),
  "the refresh token": (_, { refresh_token }) => new Error(`bad value ${refresh_token}`),
  "the end of the access token": (_, { access_token }) => new Error(`bad value ...${access_token.slice(-20)}`),
};

/** Calls that run into a store whose method fails. @type {Record<string, (of: ReturnType<typeof instrumentedStore>, fails: () => Promise<never>, manager: import("grantkit").TokenManager) => Promise<unknown>>} */
const FAILING = {
  save: ({ on }, fails, manager) => {
    on.save = fails;
    return manager.accessToken();
  },
  "save of new tokens": ({ on }, fails, manager) => {
    on.save = (proceed, record) => (record.refreshing_since ? proceed() : fails());
    return manager.accessToken();
  },
  load: ({ on, counts }, fails, manager) => {
    // After the record was loaded, the mark meets a conflict.
    on.save = async () => false;
    on.load = (proceed) => (counts.save ? fails() : proceed());
    counts.save = 0;
    return manager.accessToken();
  },
  lock: ({ store }, fails, manager) => {
    store.lock = fails;
    return manager.accessToken();
  },
  delete: ({ on }, fails, manager) => {
    on.delete = fails;
    return manager.revoke();
  },
};

/** Asserts that a value shows no eight characters of a token. @param {unknown} value @param {string} token */
function showsNoPart(value, token) {
  const shown = inspect(value, { depth: 12, showHidden: true }) + String(Object(value).stack);
  for (let at = 0; at + 8 <= token.length; at += 1) {
    const part = token.slice(at, at + 8);
    assert.ok(!shown.includes(part), `${part} in ${shown}`);
  }
}

for (const [name, quote] of Object.entries(QUOTES)) {
  test(`a cause of the user's own store shows no token of the record: ${name}`, async (t) => {
    for (const [method, call] of Object.entries(FAILING)) {
      const instrumented = instrumentedStore();
      const { manager, tokens, advance } = await setUp({ store: instrumented.store });
      const thrown = quote(JSON.stringify(await instrumented.under.load("default")), tokens);
      advance(LIFETIME);
      t.mock.timers.reset();
      const passing = passingTime(t, () => advance(1));
      const failing = call(instrumented, () => Promise.reject(thrown), manager);
      /** @type {any} */
      const error = await passing(failing.catch((reason) => reason));
      assert.equal(error.code, "store", method);
      assert.notEqual(error.cause, undefined);
      for (const token of [tokens.access_token, String(tokens.refresh_token)]) {
        showsNoPart(error, token);
        showsNoPart(error.cause, token);
      }
    }
  });
}

test("a cause without a token is the thrown error, and a cleaned one keeps its class, code and other texts", async () => {
  class DatabaseError extends Error {
    severity = "ERROR";
    code = "23505";
    detail = "";
    position = 7;
  }
  for (const detail of ["Key (name)=(default) already exists.", ""]) {
    const { store, on } = instrumentedStore();
    const { manager, tokens, advance } = await setUp({ store });
    const thrown = Object.assign(new DatabaseError("duplicate key"), {
      detail: detail || `row (${tokens.refresh_token})`,
    });
    advance(LIFETIME);
    on.save = () => Promise.reject(thrown);
    const { cause } = await manager.accessToken().catch((error) => error);
    assert.equal(cause === thrown, detail !== "");
    assert.ok(cause instanceof DatabaseError);
    const { message, code, severity, position } = cause;
    assert.deepEqual([message, code, severity, position], ["duplicate key", "23505", "ERROR", 7]);
    assert.equal(cause.detail, detail || "row ([redacted])");
    assert.match(String(cause.stack), /secrets\.test\.mjs/);
  }
});

test("an error of a store of grantkit shows no token of its cause either", async () => {
  const { store, on } = instrumentedStore();
  const { manager, tokens, advance } = await setUp({ store });
  const { OAuthError } = await import("grantkit");
  const Made = /** @type {new (...given: unknown[]) => Error} */ (/** @type {unknown} */ (OAuthError));
  const text = `no: ${tokens.access_token}`;
  advance(LIFETIME);
  on.save = () => Promise.reject(new Made("store", `${text}: call again`, { cause: new Error(text) }));
  const error = await manager.accessToken().catch((reason) => reason);
  assert.equal(error.cause?.message ?? error.message, "no: [redacted]");
  assertHidden([error, error.cause], tokens.access_token);
});

const pairs = (/** @type {string} */ text) => Buffer.from(text).toString("hex").match(/../g) ?? [];

/** Errors of a load, which quote the record that it read. @type {Record<string, (json: string) => unknown>} */
const LOAD_QUOTES = {
  "the JSON": (json) => new SyntaxError(`Unexpected end of JSON input: ${json}`),
  "some of the JSON": (json) => new SyntaxError(`Unexpected token ',', ...${json.slice(40, 110)}... is not valid JSON`),
  "the bytes": (json) => new Error(`cannot read <Buffer ${pairs(json).join(" ")}>`),
  "bytea of Postgres": (json) => new Error(`invalid input: "\\x${Buffer.from(json).toString("hex")}"`),
  "base64 in a member": (json) => Object.assign(new Error("failed"), { row: [Buffer.from(json).toString("base64")] }),
  "the row": (json) => Object.assign(new Error("failed"), { rows: [{ key: "default", record: JSON.parse(json) }] }),
};

for (const [name, quote] of Object.entries(LOAD_QUOTES)) {
  test(`a load that fails before a record was seen shows no token: ${name}`, async (t) => {
    const { on, store, under } = instrumentedStore();
    const { client, tokens } = await setUp({ store });
    const thrown = Object.assign(Object(quote(JSON.stringify(await under.load("default")))), {
      code: "ER_PARSE",
      host: "grants.cluster-c1a2b3d4e5f6.eu-west-1.rds.amazonaws.com",
    });
    on.load = () => Promise.reject(thrown);
    const { TokenManager } = await import("grantkit");
    const passing = passingTime(t, () => {});
    for (const call of [
      (/** @type {import("grantkit").TokenManager} */ manager) => manager.accessToken(),
      (/** @type {import("grantkit").TokenManager} */ manager) => manager.accessToken({ rejected: "a" }),
      (/** @type {import("grantkit").TokenManager} */ manager) => manager.tokens(),
      (/** @type {import("grantkit").TokenManager} */ manager) => manager.revoke(),
      (/** @type {import("grantkit").TokenManager} */ manager) => manager.save({ access_token: "a", token_type: "b" }),
    ]) {
      const failing = call(new TokenManager(client, store)).then(
        () => assert.fail(),
        (reason) => reason,
      );
      const { code, cause } = await passing(failing);
      assert.deepEqual([code, cause.code, cause.host], ["store", thrown.code, thrown.host]);
      for (const token of [tokens.access_token, String(tokens.refresh_token)]) {
        showsNoPart(cause, token);
        const shown = inspect(cause, { depth: 12, showHidden: true });
        for (const part of [pairs(token).join(""), pairs(token).join(" ")])
          assert.ok(!shown.includes(part.slice(0, 24)));
        for (const start of [0, 1, 2]) assert.ok(!shown.includes(btoa(token.slice(start)).slice(0, 12)));
      }
    }
  });
}

test("a load or a save that fails shows no token that an earlier call has seen", async () => {
  const { on, store } = instrumentedStore();
  const { manager, tokens } = await setUp({ store });
  const seen = { ...tokens, access_token: "the-first-access-token", refresh_token: "the-first-refresh-token" };
  await manager.save(seen);
  await manager.accessToken();
  const quoting = new Error(`the row was (default, ${seen.access_token}, ${seen.refresh_token})`);
  on.save = () => Promise.reject(quoting);
  const saving = await manager.save({ ...tokens, refresh_token: "another" }).catch((error) => error);
  on.load = () => Promise.reject(quoting);
  for (const error of [saving, await manager.tokens().catch((reason) => reason)]) {
    assert.equal(error.cause.message, "the row was (default, [redacted], [redacted])");
    assertHidden([error.cause], seen.access_token, seen.refresh_token);
  }
});

test("an error of grantkit's own store that quotes its driver shows no token in its message, stack and causes", async () => {
  const { store, on } = instrumentedStore();
  const { manager, tokens } = await setUp({ store });
  const { OAuthError } = await import("grantkit");
  const Made = /** @type {new (...given: unknown[]) => Error} */ (/** @type {unknown} */ (OAuthError));
  await manager.accessToken();
  const text = `no: ${tokens.access_token}`;
  const cause = new Made("store", text, { cause: new Error(text) });
  on.save = () => Promise.reject(new Made("store", text, { cause }));
  const error = await manager.save(tokens).catch((reason) => reason);
  assertHidden([error, error.cause, error.cause.cause, error.cause.cause.cause], tokens.access_token);
  assert.equal(error.cause.cause.cause.message, "no: [redacted]");
  assert.equal(error.cause.stack.split("\n")[0], "OAuthError: no: [redacted]");
});

test("what a store throws may be a proxy that throws", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const { store, on } = instrumentedStore();
  const { manager } = await setUp({ store });
  on.load = () => Promise.reject(proxy);
  const error = await manager.accessToken().catch((reason) => reason);
  assert.equal(error.code, "store");
  assert.ok(error.cause instanceof Error);
});

/** Tokens that no server may issue, each in a member. */
const DAMAGED = ["access_token", "refresh_token", "id_token"].flatMap((name) =>
  ["secret-a\nb", "secret-a\r\nx: 1", "secret-\u0000", "secret-é", ["secret-list"], { secret: 1 }, 77_777_777].map(
    (value) => {
      return /** @type {const} */ ([name, value]);
    },
  ),
);

test("a stored record with a token that cannot be sent is an error of the store, which does not show it", async () => {
  for (const [name, value] of DAMAGED) {
    const { manager, store, calls, refreshes } = await setUp();
    const record = await store.load("default");
    assert.ok(record);
    const tokens = { ...record.tokens, [name]: value };
    await store.save("default", { ...record, version: record.version + 1, tokens }, record.version);
    for (const call of [
      () => manager.fetch("/crm/v8/org"),
      () => manager.accessToken(),
      () => manager.accessToken({ rejected: "a" }),
      () => manager.tokens(),
      () => manager.revoke(),
    ]) {
      const error = await call().then(
        () => assert.fail(name),
        (reason) => reason,
      );
      assert.equal(error.code, "store");
      assert.match(error.message, new RegExp(`^grant "default": the ${name} of its record is not a token`));
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /secret-|77777777/);
    }
    assert.deepEqual([calls(), refreshes()], [0, 0]);
    await manager.save(record.tokens);
    assert.equal(await manager.accessToken(), record.tokens.access_token);
  }
});

test("save() refuses a token that cannot be sent, and does not show it", async () => {
  for (const [name, value] of DAMAGED) {
    const { manager, tokens, stored } = await setUp();
    const error = await manager.save({ ...tokens, [name]: value }).catch((reason) => reason);
    assert.equal(error.code, "invalid_configuration");
    const why = "is not a token (RFC 6749 appendix A): pass what a grant of the client returned";
    assert.equal(error.message, `tokens.${name} ${why}`);
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /secret-|77777777/);
    assert.deepEqual({ ...(await stored()).tokens }, { ...tokens });
  }
});
