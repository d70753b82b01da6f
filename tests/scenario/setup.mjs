// A client and a fake Zoho with one user in each of three data centres.

/**
 * What a runtime provides to the suite.
 *
 * @typedef {object} Environment
 * @property {typeof import("grantkit")} grantkit
 * @property {typeof import("grantkit/testing")} testing
 * @property {Served} served servers on loopback
 * @property {(...values: unknown[]) => void} show console.log: what it writes is searched for secrets afterwards
 * @property {(value: unknown) => string} [inspect] the runtime's own function that prints a value as text
 * @property {Set<string>} secrets values that must not appear on the console
 */

/**
 * @typedef {object} Served
 * @property {Partial<Record<import("grantkit").ZohoLocation, string>>} accounts origins of the fake's accounts hosts
 * @property {Partial<Record<import("grantkit").ZohoLocation, string>>} api origins of the fake's API hosts
 * @property {Record<string, string>} codes Self Client codes that the fake accepts once, by data centre
 * @property {string} hostile origin of the endpoints that misbehave
 * @property {string} closed an origin where nothing listens
 */

/**
 * @typedef {{ name: string, run: (environment: Environment) => Promise<void> }} Test
 * @typedef {import("grantkit").ClientConfig} ClientConfig
 *
 * Members that replace those of a configuration; undefined removes one.
 * @typedef {{ [Name in keyof ClientConfig]?: ClientConfig[Name] | undefined }} Changes
 */

/** Seconds since the epoch; the clock of every client here stops at this time unless a test advances it. */
export const NOW = 1_800_000_000;
export const REDIRECT_URI = "https://app.example/oauth/callback";
export const SCOPE = "ZohoCRM.modules.ALL,ZohoCRM.org.READ";
export const SCOPE_GRANTED = "ZohoCRM.modules.ALL ZohoCRM.org.READ";
export const USERS = /** @type {const} */ ({ us: "ann@example.com", eu: "ben@example.eu", in: "chandra@example.in" });

export const CLIENT = {
  client_id: "1000.SCENARIOCLIENT",
  client_secret: { us: "secret-of-us-5f1c", eu: "secret-of-eu-9b2d", in: "secret-of-in-07ae" },
};

/** @type {Parameters<typeof import("grantkit/testing").fakeZoho>[0]} */
export const FAKE = {
  clients: [{ ...CLIENT, redirect_uris: [REDIRECT_URI], location: "us" }],
  users: [
    { email: USERS.us, location: "us" },
    { email: USERS.eu, location: "eu" },
    { email: USERS.in, location: "in" },
  ],
  seed: 7,
};

/**
 * A fake, a client whose fetch is the fake's, the requests it sends and its trace events.
 *
 * @param {Environment} environment
 * @param {Changes} [changes]
 */
export async function setUp({ grantkit, testing, secrets }, changes = {}) {
  const fake = await testing.fakeZoho(FAKE);
  /** @type {{ url: string, init: RequestInit }[]} */
  const sent = [];
  /** @type {import("grantkit").TraceEvent[]} */
  const events = [];
  const time = { now: NOW };
  /** @type {ClientConfig} */
  const config = {
    server: grantkit.zoho(),
    ...CLIENT,
    redirect_uri: REDIRECT_URI,
    fetch: (url, init) => {
      sent.push({ url, init });
      return fake.fetch(url, init);
    },
    clock: () => time.now * 1000,
    trace: (event) => events.push(event),
  };
  const members = Object.entries({ ...config, ...changes }).filter(([, value]) => value !== undefined);
  const client = new grantkit.OAuthClient(/** @type {any} */ (Object.fromEntries(members)));
  for (const secret of Object.values(CLIENT.client_secret)) secrets.add(secret);

  /**
   * The user consents. Returns the callback and its Pending.
   *
   * @param {keyof typeof USERS} [location]
   */
  async function callback(location = "us") {
    const { url, pending } = await client.authorizationRequest({ scope: SCOPE });
    const redirect = fake.consent(url, { email: USERS[location] });
    remember(secrets, pending.code_verifier, new URL(redirect).searchParams.get("code"));
    return { redirect, pending };
  }

  /**
   * The whole web flow.
   *
   * @param {keyof typeof USERS} [location]
   */
  async function signIn(location = "us") {
    const { redirect, pending } = await callback(location);
    const tokens = await client.authorizationCodeGrant(redirect, pending);
    remember(secrets, tokens.access_token, tokens.refresh_token);
    return tokens;
  }

  return { grantkit, fake, client, sent, events, time, callback, signIn };
}

/**
 * @param {Set<string>} secrets
 * @param {(string | null | undefined)[]} texts
 */
export function remember(secrets, ...texts) {
  for (const text of texts) if (text) secrets.add(text);
}

/**
 * A client of a plain RFC 6749 server whose responses come from one function.
 *
 * @param {typeof import("grantkit")} grantkit
 * @param {(url: string, init: RequestInit) => Promise<Response>} fetch
 * @param {Partial<ClientConfig>} [config]
 */
export function plainClient(grantkit, fetch, config = {}) {
  return new grantkit.OAuthClient({
    server: {
      issuer: "https://as.example",
      authorization_endpoint: "https://as.example/authorize",
      token_endpoint: "https://as.example/token",
      revocation_endpoint: "https://as.example/revoke",
    },
    client_id: "plain",
    client_secret: "plain-secret-31c8",
    redirect_uri: REDIRECT_URI,
    clock: () => NOW * 1000,
    fetch,
    ...config,
  });
}

/** Tokens as a store returns them. */
export const STORED = { access_token: "at.stored.6c1f", token_type: "Bearer", refresh_token: "rt.stored.a20e" };
