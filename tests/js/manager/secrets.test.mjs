// Consoles, logs and trace listeners never get a token.
import assert from "node:assert/strict";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { test } from "node:test";
import { inspect } from "node:util";
import { assertNoToken, exchanges, flushTasks } from "./support/expect.mjs";
import { CLIENT, LIFETIME, setUp } from "./support/setup.mjs";
import { instrumentedStore } from "./support/stores.mjs";
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
  on.save = async (proceed, record) => {
    if (record.refreshing_since) return proceed();
    throw new Error("disk full");
  };
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
