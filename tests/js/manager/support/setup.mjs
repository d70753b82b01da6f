// A fake Zoho, a client of it, and a manager of one grant. All use one clock, which only the test advances.
import { memoryStore, OAuthClient, TokenManager, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";

/** @typedef {import("grantkit").ClientConfig} ClientConfig */
/** @typedef {import("grantkit").TokenStore} TokenStore */

/** The time at which every clock starts, in seconds since the epoch. */
export const NOW = 1_800_000_000;
/** The lifetime of Zoho's access tokens, in seconds. */
export const LIFETIME = 3600;
export const SCOPE = "ZohoCRM.modules.ALL,ZohoCRM.org.READ";
/** The default client of the fake. */
export const CLIENT = {
  client_id: "1000.GRANTKITFAKECLIENT0000000000001",
  client_secret: "fake0secret0of0the0default0client",
};

/**
 * @param {object} [options]
 * @param {TokenStore} [options.store]
 * @param {string} [options.key]
 * @param {number} [options.leeway]
 * @param {number} [options.storeTimeoutMs]
 * @param {(fake: import("grantkit/testing").FakeZoho) => Partial<ClientConfig>} [options.config] members that replace those of the client's configuration
 */
export async function setUp({ store = memoryStore(), config = () => ({}), ...options } = {}) {
  const fake = await fakeZoho({ now: NOW, seed: 7 });
  const time = { now: NOW };
  /** @type {import("grantkit").TraceEvent[]} */
  const events = [];
  const client = new OAuthClient({
    server: zoho(),
    ...CLIENT,
    fetch: fake.fetch,
    clock: () => time.now * 1000,
    trace: (event) => events.push(event),
    ...config(fake),
  });
  const tokens = await client.exchangeCode(fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE }));
  const manager = new TokenManager(client, store, options);
  await manager.save(tokens);
  events.length = 0;

  return {
    fake,
    time,
    events,
    client,
    store,
    tokens,
    manager,
    /** Another manager of the same grant, as in another process. */
    otherManager: () => new TokenManager(client, store, options),
    /** How many refresh requests the server received. */
    refreshes: () => fake.log.filter(({ grant_type }) => grant_type === "refresh_token").length,
    /** How many calls the API received. */
    calls: () => fake.log.filter(({ path }) => path.startsWith("/crm/")).length,
    /** The stored record. */
    stored: async (key = options.key ?? "default") => {
      const record = await store.load(key);
      if (!record) throw new Error(`the store has no record ${key}`);
      return record;
    },
    /** @param {number} seconds */
    advance(seconds) {
      time.now += seconds;
      fake.advance(seconds);
    },
  };
}
