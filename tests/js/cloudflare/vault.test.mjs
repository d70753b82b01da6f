import assert from "node:assert/strict";
import { after, test } from "node:test";
import { NOW, SCOPE_GRANTED } from "../../scenario/setup.mjs";
import { bundleFleet, startFleet } from "./support/fleet.mjs";
import { rotatingServer } from "./support/rotating.mjs";

const fleet = startFleet({ after }, await bundleFleet());

/** Where the grants of the tests are good, and for what. */
const SITE = {
  scope: SCOPE_GRANTED,
  accounts_server: "https://accounts.zoho.com",
  api_domain: "https://www.zohoapis.com",
};

test("400 requests to two Workers, all at once, make one refresh", async () => {
  const { fake, ask, vault, refreshes, keepAnswer } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  await connect();
  await pass(3600);
  const { given, release } = keepAnswer();
  const answers = /** @type {const} */ (["first", "second"]).flatMap((through) =>
    Array.from({ length: 200 }, () => ask(through, "ada", "accessToken")),
  );
  await given;
  // The server has answered, and nobody has the answer before all have asked.
  while ((await tell("countCalls")) < 1 + 400);
  release();
  const tokens = await Promise.all(answers);
  assert.equal(refreshes(), 1, JSON.stringify(fake.log));
  const { access_token } = (await tell("record")).tokens;
  const value = { access_token, expires_at: NOW + 7200, ...SITE };
  for (const token of tokens) assert.deepEqual(token, { value });
});

test("a caller who goes away takes no refresh along", async () => {
  const { ask, askUntil, vault, refreshes, keepAnswer } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  await connect();
  await pass(3600);
  const { given, release } = keepAnswer();
  const controller = new AbortController();
  const first = askUntil(controller.signal, "ada", "accessToken");
  await given;
  controller.abort();
  await assert.rejects(first, { name: "AbortError" });
  const second = ask("second", "ada", "accessToken");
  while ((await tell("countCalls")) < 1 + 2);
  release();
  assert.equal((await second).value.expires_at, NOW + 7200);
  assert.equal(refreshes(), 1);
});

for (const end of ["crash", "restart"]) {
  test(`after a ${end} between the mark and the answer the next call refreshes at once`, async () => {
    const { ask, vault, refreshes, keepAnswer } = await fleet.world();
    const { tell, refused, connect, pass } = vault("ada");
    await connect();
    await pass(3600);
    const before = await tell("record");
    const { given, release } = keepAnswer();
    const lost = ask("first", "ada", "accessToken").catch((error) => ({ thrown: error }));
    await given;
    assert.equal((await tell("record")).refreshing_since, NOW + 3600);
    if (end === "crash") await refused("crash");
    else await fleet.restart();
    release();
    const { thrown } = await lost;
    assert.ok(thrown && !thrown.error, JSON.stringify(thrown));

    // The vault's clock stands still, so a lease would never end.
    const { access_token, expires_at } = await tell("accessToken");
    assert.equal(expires_at, NOW + 7200);
    assert.equal(refreshes(), 2);
    const { tokens, refreshing_since } = await tell("record");
    assert.equal(tokens.access_token, access_token);
    assert.equal(tokens.refresh_token, before.tokens.refresh_token);
    assert.equal(refreshing_since, undefined);
  });
}

test("after a crash between the answer and the save the next call refreshes again", async () => {
  const { vault, refreshes } = await fleet.world();
  const { tell, refused, connect, pass } = vault("ada");
  await connect();
  await pass(3600);
  const { tokens } = await tell("record");
  await tell("set", { crashesOnAnswer: true });
  assert.equal((await refused("accessToken")).error, undefined);
  assert.deepEqual((await tell("record")).tokens, tokens);
  assert.equal((await tell("accessToken")).expires_at, NOW + 7200);
  assert.equal(refreshes(), 2);
});

test("what was handed out was saved, also where refresh tokens rotate", async () => {
  const server = rotatingServer();
  const { vault } = await fleet.world(server.fetch);
  const { tell, pass } = vault("ada");
  await tell("configure", {
    server: { issuer: "https://as.example", token_endpoint: "https://as.example/oauth/v2/token" },
    client_secret: "secret",
  });
  await fleet.restart();
  await tell("save", server.tokens(NOW));
  for (const issued of [2, 3, 4]) {
    await pass(3600);
    const { access_token, expires_at } = await tell("accessToken");
    assert.deepEqual([access_token, expires_at], [`at-${issued}`, NOW + issued * 3600]);
    await fleet.restart();
    assert.deepEqual((await tell("record")).tokens.refresh_token, `rt-${issued}`);
  }
  assert.equal(server.isRevoked(), false);
  assert.equal("requests_left" in (await tell("status")), false, "this server has no limit");
});

test("a save that fails loses nothing: the next call saves what was issued, and asks for nothing", async () => {
  const { fake, vault, refreshes } = await fleet.world();
  const { tell, refused, connect, pass } = vault("ada");
  await connect();
  await pass(3600);
  const marked = 1;
  await tell("set", { passingSaves: marked, failingSaves: 1 });
  const { raw, error } = await refused("accessToken");
  assert.deepEqual([error.code, error.retryable], ["store", true]);
  assert.match(error.cause, /the disk is full/);
  assert.equal(raw.tokens, undefined);
  const { refreshing_since, tokens } = await tell("record");
  assert.equal(refreshing_since, NOW + 3600);

  const { access_token, expires_at } = await tell("accessToken");
  assert.equal(expires_at, NOW + 7200);
  assert.equal(refreshes(), 1, JSON.stringify(fake.log));
  assert.notEqual(access_token, tokens.access_token);
  assert.equal((await tell("record")).tokens.access_token, access_token);
});

test("grants share nothing", async () => {
  const { ask, vault, refreshes, keepAnswer } = await fleet.world();
  const [ada, ben] = [vault("ada"), vault("ben")];
  await ada.connect();
  await ben.connect();
  const kept = await ben.tell("record");
  await ada.pass(3600);
  const { given, release } = keepAnswer();
  const waiting = ask("first", "ada", "accessToken");
  await given;
  assert.deepEqual(await ben.tell("accessToken"), {
    access_token: kept.tokens.access_token,
    expires_at: NOW + 3600,
    ...SITE,
  });
  release();
  assert.notEqual((await waiting).value.access_token, kept.tokens.access_token);
  assert.equal(refreshes(), 1);
  await ada.tell("disconnect");
  assert.deepEqual(await ben.tell("record"), kept);
  assert.deepEqual(await vault("nobody").tell("status"), { connected: false });
});

test("a grant that is connected again begins anew", async () => {
  const { fake, vault, refreshes } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  await connect();
  await pass(3600);
  fake.fail("token", "http_500_html");
  await assert.rejects(tell("accessToken"), /unexpected_response/);
  const first = await tell("record");
  await connect();
  const second = await tell("record");
  assert.notEqual(second.tokens.refresh_token, first.tokens.refresh_token);
  assert.equal(second.version, first.version + 1);
  assert.deepEqual(Object.keys(second).sort(), ["requests", "tokens", "version"]);
  assert.equal((await tell("status")).requests_left, 10);
  assert.equal(refreshes(), 1);
});

test("status tells no secret", async () => {
  const { vault } = await fleet.world();
  const { tell, connect, pass } = vault("ada");
  assert.deepEqual(await tell("status"), { connected: false });
  await connect();
  const status = {
    connected: true,
    expires_at: NOW + 3600,
    ...SITE,
    requests_left: 10,
  };
  assert.deepEqual(await tell("status"), status);
  await pass(3600);
  await tell("accessToken");
  assert.deepEqual(await tell("status"), { ...status, expires_at: NOW + 7200, requests_left: 9 });
});

test("what is no token set is refused", async () => {
  const { vault } = await fleet.world();
  const { tell, refused } = vault("ada");
  for (const [method, value] of [
    ["save", null],
    ["save", { refresh_token: "r" }],
    ["accessToken", { minValidity: -1 }],
  ]) {
    assert.equal((await refused(/** @type {string} */ (method), value)).error.code, "invalid_configuration");
  }
  assert.deepEqual(await tell("status"), { connected: false });
  assert.equal((await refused("accessToken")).error.code, "reauthorization_required");
});
