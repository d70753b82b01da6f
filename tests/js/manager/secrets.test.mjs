// What consoles, logs and listeners see of a manager at work: no token, whatever happens.
import assert from "node:assert/strict";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { test } from "node:test";
import { inspect } from "node:util";
import { harmless, settle } from "./support/expect.mjs";
import { tampered } from "./support/stores.mjs";
import { CLIENT, LIFE, world } from "./support/world.mjs";

/** @param {unknown[]} values @param {string[]} secrets */
function hidden(values, ...secrets) {
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
  harmless(values);
}

test("a manager shows nothing: at rest, at work, after a save that failed", async (t) => {
  // So that no deadline keeps the process.
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { store, on } = tampered();
  const { fake, manager, tokens, advance, refreshes } = await world({ store });
  const { client_secret } = CLIENT;
  const secrets = [client_secret, tokens.access_token, String(tokens.refresh_token)];
  hidden([manager], ...secrets);
  advance(LIFE);
  fake.fail("token", "slow");
  const call = manager.accessToken();
  call.catch(() => {});
  await settle();
  assert.equal(refreshes(), 1);
  hidden([manager, call], ...secrets);

  const other = (await world({ store, key: "other" })).manager;
  on.save = async (proceed, record) => {
    if (record.refreshing_since) return proceed();
    throw new Error("disk full");
  };
  const failure = await other.accessToken({ minValidity: LIFE + 1 }).catch((error) => error);
  assert.equal(failure.code, "store");
  hidden([other, failure], ...secrets, failure.tokens.access_token, failure.tokens.refresh_token);
  assert.equal(JSON.stringify(failure).includes("tokens"), false);
});

test("tokens() shows nothing to consoles, and all to a store", async () => {
  const { manager, tokens } = await world();
  const own = await manager.tokens();
  assert.deepEqual({ ...own }, { ...tokens });
  assert.equal(JSON.stringify(own), JSON.stringify(tokens));
  let text = "";
  for (const options of [{}, { showHidden: true, depth: 12 }]) text += inspect(own, options) + String(own);
  assert.equal(text.includes(tokens.access_token), false);
  assert.match(text, /TokenSet/);
});

test("a listener is told what was sent where, and no more", async () => {
  const { fake, manager, events, advance } = await world();
  advance(LIFE);
  for (const how of ["http_500_html", "reset", "throttle_localised", "invalid_client_secret", "token_with_newline"]) {
    fake.fail("token", how);
    await manager.accessToken().catch(() => {});
    advance(600);
  }
  await manager.fetch("/crm/v8/Leads?fields=Last_Name&note=secret");
  await manager.revoke();
  const url = "https://accounts.zoho.com/oauth/v2/token";
  const token = { step: "token", grant_type: "refresh_token", url, durationMs: 0 };
  assert.deepEqual(events, [
    { ...token, status: 500, code: "unexpected_response" },
    { ...token, code: "network" },
    { ...token, status: 400, code: "throttled" },
    { ...token, status: 200, code: "client_rejected" },
    { ...token, status: 200, code: "malformed_response" },
    { ...token, status: 200 },
    { step: "api", url: "https://www.zohoapis.com/crm/v8/Leads", status: 200, durationMs: 0 },
    { step: "revoke", url: "https://accounts.zoho.com/oauth/v2/revoke/token", status: 200, durationMs: 0 },
  ]);
  hidden(events, CLIENT.client_secret);
});

test("a listener that fails fails nobody", async () => {
  const { manager, advance, refreshes } = await world({
    config: () => ({
      trace() {
        throw new Error("the log is full");
      },
    }),
  });
  advance(LIFE);
  assert.equal((await manager.fetch("/crm/v8/org")).status, 200);
  assert.equal(refreshes(), 1);
});
