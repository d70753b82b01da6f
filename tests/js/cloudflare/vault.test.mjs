import assert from "node:assert/strict";
import { after, test } from "node:test";
import { NOW, SCOPE_GRANTED } from "../../scenario/setup.mjs";
import { until } from "../manager/support/expect.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";
import { rotatingServer } from "./support/rotating.mjs";

const fleet = startFleet({ after }, await bundleFleet());

/** The scope and the servers of the tests' grants. */
const GRANTED = {
  scope: SCOPE_GRANTED,
  accounts_server: "https://accounts.zoho.com",
  api_domain: "https://www.zohoapis.com",
};

test("400 concurrent requests to two Workers make one refresh", async () => {
  const { fake, invokeThrough, vault, refreshes, holdResponse } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  await advance(3600);
  const { responded, release } = holdResponse();
  const calls = /** @type {const} */ (["first", "second"]).flatMap((through) =>
    Array.from({ length: 200 }, () => invokeThrough(through, "ada", "accessToken")),
  );
  await responded;
  // The server has responded, and all calls arrive before the vault gets the response.
  while ((await invoke("countCalls")) < 1 + 400);
  release();
  const tokens = await Promise.all(calls);
  assert.equal(refreshes(), 1, JSON.stringify(fake.log));
  const { access_token } = (await invoke("record")).tokens;
  const value = { access_token, expires_at: NOW + 7200, ...GRANTED };
  for (const token of tokens) assert.deepEqual(token, { value });
});

test("a caller that aborts does not end the refresh", async () => {
  const { invokeThrough, invokeUntil, vault, refreshes, holdResponse } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  await advance(3600);
  const { responded, release } = holdResponse();
  const controller = new AbortController();
  const first = invokeUntil(controller.signal, "ada", "accessToken");
  await responded;
  controller.abort();
  await assert.rejects(first, { name: "AbortError" });
  const second = invokeThrough("second", "ada", "accessToken");
  while ((await invoke("countCalls")) < 1 + 2);
  release();
  assert.equal((await second).value.expires_at, NOW + 7200);
  assert.equal(refreshes(), 1);
});

for (const end of ["crash", "restart"]) {
  test(`after a ${end} between the mark and the response the next call refreshes at once`, async () => {
    const { invokeThrough, vault, refreshes, holdResponse } = await fleet.setUp();
    const { invoke, rejection, connect, advance } = vault("ada");
    await connect();
    await advance(3600);
    const before = await invoke("record");
    const { responded, release } = holdResponse();
    const lost = invokeThrough("first", "ada", "accessToken").catch((error) => ({ thrown: error }));
    await responded;
    assert.equal((await invoke("record")).refreshing_since, NOW + 3600);
    if (end === "crash") await rejection("crash");
    else await fleet.restart();
    release();
    const { thrown } = await lost;
    assert.ok(thrown && !thrown.error, JSON.stringify(thrown));

    // The vault's clock is stopped, so a lease would never expire.
    const { access_token, expires_at } = await invoke("accessToken");
    assert.equal(expires_at, NOW + 7200);
    assert.equal(refreshes(), 2);
    const { tokens, refreshing_since } = await invoke("record");
    assert.equal(tokens.access_token, access_token);
    assert.equal(tokens.refresh_token, before.tokens.refresh_token);
    assert.equal(refreshing_since, undefined);
  });
}

test("after a crash between the response and the save the next call refreshes again", async () => {
  const { vault, refreshes } = await fleet.setUp();
  const { invoke, rejection, connect, advance } = vault("ada");
  await connect();
  await advance(3600);
  const { tokens } = await invoke("record");
  await invoke("set", { crashesOnResponse: true });
  assert.equal((await rejection("accessToken")).error, undefined);
  assert.deepEqual((await invoke("record")).tokens, tokens);
  assert.equal((await invoke("accessToken")).expires_at, NOW + 7200);
  assert.equal(refreshes(), 2);
});

test("a returned token was saved before, also when refresh tokens rotate", async () => {
  const server = rotatingServer();
  const { vault } = await fleet.setUp(server.fetch);
  const { invoke, advance } = vault("ada");
  await invoke("configure", {
    server: { issuer: "https://as.example", token_endpoint: "https://as.example/oauth/v2/token" },
    client_secret: "secret",
  });
  await fleet.restart();
  await invoke("save", server.tokens(NOW));
  for (const issued of [2, 3, 4]) {
    await advance(3600);
    const { access_token, expires_at } = await invoke("accessToken");
    assert.deepEqual([access_token, expires_at], [`at-${issued}`, NOW + issued * 3600]);
    await fleet.restart();
    assert.deepEqual((await invoke("record")).tokens.refresh_token, `rt-${issued}`);
  }
  assert.equal(server.isRevoked(), false);
  assert.equal("requests_left" in (await invoke("status")), false, "this server has no limit");
});

test("a failed save is tried again while the caller waits", async () => {
  const { fake, vault, refreshes } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  await advance(3600);
  // The save that marks the refresh succeeds.
  await invoke("set", { passingSaves: 1, failingSaves: 2 });
  const { access_token } = await invoke("accessToken");
  assert.equal(refreshes(), 1, JSON.stringify(fake.log));
  assert.equal((await invoke("record")).tokens.access_token, access_token);
});

for (const next of /** @type {const} */ (["accessToken", "fireAlarm"])) {
  test(`issued tokens that could not be saved are saved by ${next}, without a request`, async () => {
    const { fake, vault, refreshes } = await fleet.setUp();
    const { invoke, rejection, connect, advance } = vault("ada");
    await connect();
    await advance(3600);
    await invoke("set", { passingSaves: 1, failingSaves: 99 });
    const rejected = rejection("accessToken");
    await until(() => refreshes() === 1);
    await advance(30);
    const { raw, error } = await rejected;
    assert.deepEqual([error.code, error.retryable], ["store", true]);
    assert.match(error.cause, /the disk is full/);
    assert.equal(raw.tokens, undefined);
    const { refreshing_since, tokens } = await invoke("record");
    assert.equal(refreshing_since, NOW + 3600);
    assert.ok(await invoke("alarmAt"), "an alarm saves them if no caller does");

    await invoke("set", { failingSaves: 0 });
    await invoke(next);
    const { access_token, expires_at } = await invoke("accessToken");
    assert.equal(expires_at, NOW + 7200);
    assert.equal(refreshes(), 1, JSON.stringify(fake.log));
    assert.notEqual(access_token, tokens.access_token);
    assert.equal((await invoke("record")).tokens.access_token, access_token);
  });
}

for (const loadsFail of [false, true]) {
  test(`vaultFetch gets the access token that could not be saved${loadsFail ? ", while no load succeeds either" : ""}`, async () => {
    const { vault, refreshes } = await fleet.setUp();
    const { invoke, rejection, connect, advance } = vault("ada");
    await connect();
    const first = (await invoke("record")).tokens;
    await advance(3600);
    await invoke("set", { passingSaves: 1, failingSaves: 99, loadsFail });
    const calls = [invoke("call", "/crm/v8/org"), rejection("accessToken")];
    await until(() => refreshes() === 1);
    await advance(30);
    const [{ results }, { raw, own }] = await Promise.all(calls);
    const { error, own: tokens } = results[0].thrown;
    assert.deepEqual([error.code, error.retryable], ["store", true]);
    assert.match(error.message, /^grant "default": its new tokens are not saved, /);
    assert.match(error.cause, loadsFail ? /the disk is gone/ : /the disk is full/);
    const { access_token, expires_at, token_type, ...rest } = tokens;
    assert.notEqual(access_token, first.access_token);
    assert.deepEqual([expires_at, token_type, rest], [NOW + 7200, "Bearer", GRANTED]);
    assert.deepEqual([raw.tokens, own], [undefined, undefined], "a thrown error has no tokens");
    assert.doesNotMatch(JSON.stringify([error, raw]), new RegExp(access_token));

    await invoke("set", { failingSaves: 0, loadsFail: false });
    await invoke("fireAlarm");
    const saved = (await invoke("record")).tokens;
    assert.deepEqual([saved.access_token, saved.refresh_token], [access_token, first.refresh_token]);
    assert.equal(refreshes(), 1);
  });
}

test("grants share nothing", async () => {
  const { invokeThrough, vault, refreshes, holdResponse } = await fleet.setUp();
  const [ada, ben] = [vault("ada"), vault("ben")];
  await ada.connect();
  await ben.connect();
  const record = await ben.invoke("record");
  await ada.advance(3600);
  const { responded, release } = holdResponse();
  const caller = invokeThrough("first", "ada", "accessToken");
  await responded;
  assert.deepEqual(await ben.invoke("accessToken"), {
    access_token: record.tokens.access_token,
    expires_at: NOW + 3600,
    ...GRANTED,
  });
  release();
  assert.notEqual((await caller).value.access_token, record.tokens.access_token);
  assert.equal(refreshes(), 1);
  await ada.invoke("disconnect");
  assert.deepEqual(await ben.invoke("record"), record);
  assert.deepEqual(await vault("unknown").invoke("status"), { connected: false });
});

test("a grant that is connected again starts with a new record", async () => {
  const { fake, vault, refreshes } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  await connect();
  await advance(3600);
  fake.fail("token", "http_500_html");
  await assert.rejects(invoke("accessToken"), /unexpected_response/);
  const first = await invoke("record");
  await connect();
  const second = await invoke("record");
  assert.notEqual(second.tokens.refresh_token, first.tokens.refresh_token);
  assert.equal(second.version, (NOW + 3600) * 1000);
  assert.deepEqual(Object.keys(second).sort(), ["format", "grant_id", "requests", "tokens", "version"]);
  assert.notEqual(second.grant_id, first.grant_id);
  assert.equal((await invoke("status")).requests_left, 10);
  assert.equal(refreshes(), 1);
});

test("a refresh, a pause and a save keep the members of the record that the vault does not know", async () => {
  const { fake, vault } = await fleet.setUp();
  const { invoke, rejection, connect, advance } = vault("ada");
  await connect();
  const { grant_id } = await invoke("record");
  await invoke("changeRecord", { tenant: "acme" });
  await advance(3600);
  fake.fail("token", "http_500_html");
  assert.equal((await rejection("accessToken")).error.code, "unexpected_response");
  const paused = await invoke("record");
  assert.deepEqual([paused.tenant, paused.grant_id, paused.backoff.failures], ["acme", grant_id, 1]);
  await advance(60);
  await invoke("accessToken");
  const refreshed = await invoke("record");
  assert.deepEqual([refreshed.tenant, refreshed.grant_id, refreshed.format], ["acme", grant_id, 1]);
  await connect();
  const saved = await invoke("record");
  assert.deepEqual([saved.tenant, saved.backoff], ["acme", undefined]);
  assert.notEqual(saved.grant_id, grant_id);
});

test("a vault leaves a record of a newer format as it is, and sends nothing", async () => {
  const { fake, vault } = await fleet.setUp();
  const { invoke, rejection, connect, advance } = vault("ada");
  await connect();
  await invoke("changeRecord", { format: 2 });
  const record = await invoke("record");
  await advance(3600);
  const sent = fake.log.length;
  for (const [method, ...values] of [
    ["accessToken"],
    ["accessToken", { rejected: record.tokens.access_token }],
    ["status"],
    ["disconnect"],
    ["save", record.tokens],
  ]) {
    const { error } = await rejection(/** @type {string} */ (method), ...values);
    assert.deepEqual([error.code, error.retryable], ["store", false], String(method));
    assert.match(error.message, /^grant "default" was written by a newer grantkit, since its format is 2, /);
  }
  const before = Date.now();
  await invoke("fireAlarm");
  // The alarm rings again, for the vault may be updated meanwhile.
  assert.ok((await invoke("alarmAt")) >= before + 300_000);
  assert.deepEqual(await invoke("record"), record);
  assert.equal(fake.log.length, sent);
});

test("status has no secret", async () => {
  const { vault } = await fleet.setUp();
  const { invoke, connect, advance } = vault("ada");
  assert.deepEqual(await invoke("status"), { connected: false });
  await connect();
  const status = {
    connected: true,
    expires_at: NOW + 3600,
    ...GRANTED,
    requests_left: 10,
  };
  assert.deepEqual(await invoke("status"), status);
  await advance(3600);
  await invoke("accessToken");
  assert.deepEqual(await invoke("status"), { ...status, expires_at: NOW + 7200, requests_left: 9 });
});

test("an invalid token set or option is rejected", async () => {
  const { vault } = await fleet.setUp();
  const { invoke, rejection } = vault("ada");
  for (const [method, value] of [
    ["save", null],
    ["save", { refresh_token: "r" }],
    ["accessToken", { minValidity: -1 }],
  ]) {
    assert.equal((await rejection(/** @type {string} */ (method), value)).error.code, "invalid_configuration");
  }
  assert.deepEqual(await invoke("status"), { connected: false });
  assert.equal((await rejection("accessToken")).error.code, "reauthorization_required");
});
