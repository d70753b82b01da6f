// A record that a newer version of the Worker wrote, after a deployment was rolled back.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fakeZoho } from "grantkit/testing";
import { outbound } from "../js/cloudflare/support/fleet.mjs";
import { bundle, Miniflare } from "../runtimes/support/workerd.mjs";
import { CLIENT, FAKE } from "../scenario/setup.mjs";

const MESSAGE = /^grant "default" was written by a newer grantkit, since its format is 2, .*: update grantkit here$/;
const KEY = Buffer.alloc(32, 1).toString("base64url");

/** A vault of the demo with a record of a newer format. @param {import("node:test").TestContext} t @param {Record<string, string>} [variables] */
async function upgraded(t, variables) {
  const folder = await mkdtemp(join(tmpdir(), "grantkit-www-"));
  const fake = await fakeZoho(FAKE);
  const client = {
    ZOHO_CLIENT_ID: CLIENT.client_id,
    ZOHO_CLIENT_SECRET: CLIENT.client_secret.us,
  };
  const miniflare = new Miniflare({
    modulesRoot: folder,
    modules: await bundle(fileURLToPath(new URL("support/vault-host.mjs", import.meta.url)), folder),
    compatibilityDate: "2026-04-21",
    durableObjects: { VAULT: { className: "Vault", useSQLite: true } },
    bindings: { ORIGIN: "https://demo.example", SESSION_KEYS: KEY, ...client, ...variables },
    outboundService: outbound(fake.fetch),
  });
  t.after(async () => {
    await miniflare.dispose();
    await rm(folder, { recursive: true });
  });
  /** @param {string} method @param {unknown[]} values @returns {Promise<{ value?: any, thrown?: { code: string, message: string } }>} */
  const call = async (method, ...values) => {
    const body = JSON.stringify({ method, values });
    return (await miniflare.dispatchFetch("http://worker/", { method: "POST", body })).json();
  };
  const tokens = { access_token: "at-1", token_type: "Bearer", refresh_token: "rt-1", expires_at: 4_000_000_000 };
  await call("saveGrant", { kind: "self", offset: 0, tokens });
  await call("changeRecord", { version: 1, format: 2, tokens, requests: [], further: "kept" });
  const record = async () => (await call("record")).value;
  return { fake, call, record, before: await record() };
}

const SELF = { SELF_CLIENT_ID: CLIENT.client_id, SELF_CLIENT_SECRET: CLIENT.client_secret.us };

for (const [what, variables] of /** @type {[string, Record<string, string>][]} */ ([
  ["", SELF],
  [", also where the client was removed", {}],
])) {
  test(`the page gets the error in place of the grant${what}`, async (t) => {
    const { fake, call, record, before } = await upgraded(t, variables);
    const { thrown } = await call("describe");
    assert.equal(thrown?.code, "store");
    assert.match(thrown.message, MESSAGE);
    assert.deepEqual(await record(), before);
    assert.equal(fake.log.length, 0);
  });

  test(`a session that ends keeps the record for a newer version${what}`, async (t) => {
    const { fake, call, record, before } = await upgraded(t, variables);
    const began = Date.now();
    await call("fireAlarmAtEnd");
    assert.deepEqual(await record(), before);
    assert.ok((await call("alarmAt")).value >= began + 300_000, "another version may be deployed until then");
    assert.match((await call("endSession")).thrown?.message ?? "", MESSAGE);
    assert.deepEqual(await record(), before);
    assert.equal(fake.log.length, 0);
    await call("changeRecord", { format: 1 });
    await call("fireAlarmAtEnd");
    assert.equal(await record(), undefined);
  });
}
