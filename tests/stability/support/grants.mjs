// The tests of a store that holds the grants of make-fixtures.mjs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OAuthClient, TokenManager, zoho } from "grantkit";
import { NOW } from "./fixed.mjs";
import { KEYS, SELF } from "./settings.mjs";
import { SCOPE, token, zohoServer } from "./zoho.mjs";

/** The record of each grant without its tokens. The refreshes were 3000 seconds after the exchange. @type {Record<string, object>} */
const RECORDS = {
  fresh: { version: 1_800_000_000_000, requests: [] },
  refreshed: { version: 1_800_000_000_002, requests: [NOW + 3000], issued_at: NOW + 3000 },
  throttled: { version: 1_800_000_000_002, requests: [NOW + 3000], hold_until: NOW + 3600 },
  rejected: { version: 1_800_000_000_002, requests: [NOW + 3000], rejected_at: NOW + 3000 },
  refreshing: { version: 1_800_000_000_001, requests: [NOW + 3000], refreshing_since: NOW + 3000 },
  plain: { version: 1_800_000_000_000, requests: [] },
};

/** @param {string} key */
function tokensOf(key) {
  if (key === "plain") {
    return {
      access_token: "plain access",
      token_type: "Bearer",
      refresh_token: "plain refresh",
      scope: "read write",
      id_token: "header.payload.signature",
      tenant: { name: "acme", seats: 3 },
    };
  }
  const isRefreshed = key === "refreshed";
  return {
    access_token: token(`${key} access ${isRefreshed ? 2 : 1}`),
    token_type: "Bearer",
    expires_at: NOW + 3600 + (isRefreshed ? 3000 : 0),
    refresh_token: token(`${key} refresh`),
    scope: SCOPE,
    accounts_server: "https://accounts.zoho.eu",
    api_domain: "https://www.zohoapis.eu",
  };
}

/**
 * @param {string} name of the store
 * @param {() => import("grantkit").TokenStore | Promise<import("grantkit").TokenStore>} open a store that holds the fixture
 */
export function readsGrants(name, open) {
  /** @param {string} key @param {number} seconds after the exchange */
  async function manage(key, seconds) {
    const store = await open();
    const server = zohoServer("today ");
    const isPlain = key === "plain";
    const client = new OAuthClient({
      server: isPlain
        ? { issuer: "https://as.example", token_endpoint: "https://as.example/token" }
        : zoho({ location: "eu" }),
      ...(isPlain ? { client_id: "plain" } : SELF),
      fetch: server.fetch,
      clock: () => (NOW + seconds) * 1000,
    });
    return { store, server, manager: new TokenManager(client, store, { key }) };
  }

  /** A refresh sends the stored refresh token, and its tokens are stored. @param {Awaited<ReturnType<typeof manage>>} managed @param {string} key @param {object} [options] */
  async function refreshes({ manager, server, store }, key, options) {
    assert.equal(await manager.accessToken(options), token("today access 1"));
    assert.deepEqual(
      server.sent.map(({ form }) => [form.grant_type, form.refresh_token]),
      [["refresh_token", tokensOf(key).refresh_token]],
    );
    assert.equal((await store.load(key))?.tokens.access_token, token("today access 1"));
  }

  test(`${name}: records and tokens come back`, async () => {
    for (const key of KEYS) {
      const { store, manager } = await manage(key, 0);
      assert.deepEqual({ ...(await store.load(key)) }, { ...RECORDS[key], tokens: tokensOf(key) }, key);
      assert.deepEqual({ ...(await manager.tokens()) }, tokensOf(key), key);
    }
  });

  test(`${name}: a fresh token is handed out, and a due one is refreshed`, async () => {
    for (const key of ["fresh", "refreshed"]) {
      const { server, manager } = await manage(key, 2990);
      assert.equal(await manager.accessToken(), tokensOf(key).access_token, key);
      assert.equal(server.sent.length, 0, key);
      await refreshes(await manage(key, 6600), key);
    }
  });

  test(`${name}: a throttled grant is refreshed at hold_until, not before`, async () => {
    const early = await manage("throttled", 3590);
    await assert.rejects(early.manager.accessToken({ minValidity: 1800 }), { code: "throttled", retryAfter: 10 });
    assert.equal(early.server.sent.length, 0);
    await refreshes(await manage("throttled", 3600), "throttled");
  });

  test(`${name}: a refresh token that the server rejected is not sent again`, async () => {
    const { manager, server } = await manage("rejected", 3600);
    await assert.rejects(manager.accessToken(), { code: "reauthorization_required" });
    assert.equal(server.sent.length, 0);
  });

  test(`${name}: a refresh that a process did not finish is repeated`, async () => {
    await refreshes(await manage("refreshing", 3600), "refreshing");
  });

  test(`${name}: a grant of a server without a profile is refreshed`, async () => {
    await refreshes(await manage("plain", 0), "plain", { rejected: "plain access" });
  });
}
