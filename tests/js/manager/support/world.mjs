// A fake Zoho, a client of it, and a manager of one grant: all on one clock, which only a test moves.
import { memoryStore, OAuthClient, TokenManager, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";

/** @typedef {import("grantkit").ClientConfig} ClientConfig */
/** @typedef {import("grantkit").TokenStore} TokenStore */

/** Seconds since the epoch at which every clock begins. */
export const NOW = 1_800_000_000;
/** Seconds that an access token of Zoho lives. */
export const LIFE = 3600;
export const SCOPE = "ZohoCRM.modules.ALL,ZohoCRM.org.READ";
/** The one that a fake knows unless told otherwise. */
export const CLIENT = {
  client_id: "1000.GRANTKITFAKECLIENT0000000000001",
  client_secret: "fake0secret0of0the0default0client",
};

/**
 * @param {object} [options]
 * @param {TokenStore} [options.store]
 * @param {string} [options.key]
 * @param {number} [options.leeway]
 * @param {(fake: import("grantkit/testing").FakeZoho) => Partial<ClientConfig>} [options.config] members of the client's
 */
export async function world({ store = memoryStore(), config = () => ({}), ...options } = {}) {
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
    /** Another one, as another process has it. */
    sibling: () => new TokenManager(client, store, options),
    /** How many refreshes the server was asked for. */
    refreshes: () => fake.log.filter(({ grant_type }) => grant_type === "refresh_token").length,
    /** How many calls the API got. */
    calls: () => fake.log.filter(({ path }) => path.startsWith("/crm/")).length,
    /** What the store has. */
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
