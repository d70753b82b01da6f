import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { OAuthClient } from "grantkit";
import { assertNotShown, rejects, secretsOf, withParameter } from "./expect.mjs";
import { Browser } from "./user.mjs";

/** @typedef {import("grantkit").AuthorizationServer} AuthorizationServer */
/** @typedef {import("grantkit").ClientConfig} ClientConfig */
/** @typedef {import("grantkit").Pending} Pending */
/** @typedef {import("grantkit").TokenSet} TokenSet */
/** @typedef {import("./start.mjs").Registration} Registration */
/** @typedef {import("./start.mjs").Server} Server */
/** @typedef {(browser: Browser, url: string) => Promise<import("./user.mjs").Page>} User */

/**
 * The properties in which the servers differ.
 *
 * @typedef {object} Facts
 * @property {string} name
 * @property {Registration[]} clients
 * @property {string[]} scope
 * @property {Record<string, string>} [parameters] of the authorization request
 * @property {User} allow signs in and approves
 * @property {User} deny denies the request
 * @property {string | undefined} denial its error_description
 * @property {number} lifetime of an access token, in seconds
 * @property {boolean} exactLifetime whether `expires_in` is that lifetime, not the rest of it
 * @property {boolean} challengeRequired whether an authorization request without code challenge is rejected
 * @property {boolean} reuseRevokes whether reuse of a refresh token ends the grant
 * @property {boolean} accessTokenEndsGrant whether revoking the access token ends the grant
 * @property {Record<string, number>} invalidClientStatus the HTTP status of invalid_client by token_endpoint_auth_method
 */

const NOW = 1_800_000_000;
const OTHER_ISSUER = "https://attacker.example";
const CALLBACK_FORMS = {
  client_secret_basic: (/** @type {string} */ url) => url,
  client_secret_post: (/** @type {string} */ url) => new URL(url),
  none: (/** @type {string} */ url) => new Request(url),
};

/**
 * Tests grantkit against a server, once for each registered client.
 *
 * @param {Server} server
 * @param {AuthorizationServer} metadata as the server publishes it
 * @param {Facts} facts
 */
export function testServer(server, metadata, facts) {
  for (const registration of facts.clients) {
    describe(`${facts.name} with ${registration.token_endpoint_auth_method}`, () => {
      testClient(server, metadata, facts, registration);
    });
  }
}

/**
 * @param {Server} server
 * @param {AuthorizationServer} metadata
 * @param {Facts} facts
 * @param {Registration} registration
 */
function testClient(server, metadata, facts, registration) {
  const { client_id, client_secret, token_endpoint_auth_method: method } = registration;
  const [redirect_uri = ""] = registration.redirect_uris;
  const client = clientWith({});
  const tokenPath = new URL(metadata.token_endpoint ?? "").pathname;
  const scheme = method === "client_secret_basic" ? "Basic" : null;
  const tokenRequest = { method: "POST", url: tokenPath, scheme };

  /** @param {Partial<ClientConfig>} changes */
  function clientWith(changes) {
    return new OAuthClient({
      server: metadata,
      client_id,
      ...(client_secret === undefined ? {} : { client_secret }),
      token_endpoint_auth_method: method,
      redirect_uri,
      clock: () => NOW * 1000,
      ...changes,
    });
  }

  /**
   * Sends a new user to the server, and returns the callback.
   *
   * @param {User} user
   * @param {OAuthClient} from
   */
  async function authorize(user = facts.allow, from = client) {
    const { url, pending } = await from.authorizationRequest({
      scope: facts.scope,
      ...(facts.parameters ? { parameters: facts.parameters } : {}),
    });
    const { callback } = await user(new Browser(redirect_uri), url);
    assert.ok(callback, "the server sent the user back");
    return { callback, pending, url };
  }

  /** @returns {Promise<TokenSet>} of a new grant, as a store returns them */
  async function connect() {
    const { callback, pending } = await authorize();
    return JSON.parse(JSON.stringify(await client.authorizationCodeGrant(callback, pending)));
  }

  /** @param {TokenSet} tokens */
  async function userinfo({ access_token }) {
    const headers = { authorization: `Bearer ${access_token}` };
    const response = await fetch(metadata.userinfo_endpoint ?? "", { headers });
    return response.ok ? (await response.json()).sub : response.status;
  }

  const rejectedGrant = { code: "reauthorization_required", error: "invalid_grant", status: 400, retryable: false };

  it("exchanges a code for tokens that the server's API accepts", async () => {
    const { callback, pending, url } = await authorize();
    assert.ok(url.startsWith(`${metadata.authorization_endpoint}?`));

    /** @type {TokenSet | undefined} */
    let tokens;
    const received = await server.receivedDuring(async () => {
      tokens = await client.authorizationCodeGrant(CALLBACK_FORMS[method](callback), pending);
    });
    assert.deepEqual(received, [tokenRequest]);
    assert.ok(tokens);
    assert.equal(tokens.token_type.toLowerCase(), "bearer");
    assert.equal(tokens.scope, facts.scope.join(" "));
    const left = (tokens.expires_at ?? 0) - NOW;
    if (facts.exactLifetime) assert.equal(left, facts.lifetime);
    else assert.ok(left > 0 && left <= facts.lifetime, `${left} s`);
    assert.equal(await userinfo(tokens), "alice");
    assertNotShown(inspect(tokens, { depth: null }), secretsOf(tokens));
  });

  it("sends the same requests through a configured fetch", async () => {
    /** @type {string[]} */
    const urls = [];
    /** @type {import("grantkit").TraceEvent[]} */
    const events = [];
    const injected = clientWith({
      trace: (event) => events.push(event),
      fetch(url, init) {
        assert.equal(this, undefined);
        urls.push(url);
        return fetch(url, init);
      },
    });
    const { callback, pending } = await authorize(facts.allow, injected);
    const tokens = await injected.authorizationCodeGrant(callback, pending);
    const fresh = await injected.refreshTokenGrant(tokens);
    assert.equal(await userinfo(fresh), "alice");

    const endpoint = metadata.token_endpoint ?? "";
    assert.deepEqual(urls, [endpoint, endpoint]);
    const exchanges = events.filter(({ step }) => step === "token");
    assert.deepEqual(
      exchanges.map(({ grant_type, url, status, code }) => ({ grant_type, url, status, code })),
      [
        { grant_type: "authorization_code", url: endpoint, status: 200, code: undefined },
        { grant_type: "refresh_token", url: endpoint, status: 200, code: undefined },
      ],
    );
    const code = new URL(callback).searchParams.get("code") ?? "";
    assertNotShown(JSON.stringify(events), [...secretsOf(tokens), ...secretsOf(fresh), ...secretsOf(pending), code]);
  });

  it("uses the new refresh token, and the old one is rejected", async () => {
    const tokens = await connect();
    /** @type {TokenSet | undefined} */
    let fresh;
    const received = await server.receivedDuring(async () => {
      fresh = await client.refreshTokenGrant(tokens);
    });
    assert.deepEqual(received, [tokenRequest]);
    assert.ok(fresh);
    assert.notEqual(fresh.refresh_token, tokens.refresh_token);
    assert.notEqual(fresh.access_token, tokens.access_token);
    assert.equal(fresh.scope, facts.scope.join(" "));
    assert.equal(await userinfo(fresh), "alice");

    await rejects(() => client.refreshTokenGrant(tokens), rejectedGrant, secretsOf(tokens));
    const newest = fresh;
    if (facts.reuseRevokes) await rejects(() => client.refreshTokenGrant(newest), rejectedGrant);
    else assert.equal(await userinfo(await client.refreshTokenGrant(newest)), "alice");
  });

  it("narrows the scope of a refreshed token", async () => {
    const [first = ""] = facts.scope;
    const narrow = await client.refreshTokenGrant(await connect(), { scope: [first] });
    assert.equal(narrow.scope, first);
    assert.equal(await userinfo(narrow), "alice");
  });

  if (metadata.revocation_endpoint) {
    const revocation = { method: "POST", url: new URL(metadata.revocation_endpoint).pathname, scheme };

    it("revokes a grant, whose tokens are then rejected", async () => {
      const tokens = await connect();
      const received = await server.receivedDuring(() => client.revoke(tokens));
      assert.deepEqual(received, [revocation]);
      await rejects(() => client.refreshTokenGrant(tokens), rejectedGrant, secretsOf(tokens));
      assert.equal(await userinfo(tokens), 401);
      // RFC 7009 2.2: an unknown token counts as revoked.
      assert.equal(await client.revoke(tokens), undefined);
    });

    it("revokes only the access token on request", async () => {
      const tokens = await connect();
      assert.equal(await client.revoke(tokens, { token: "access_token" }), undefined);
      assert.equal(await userinfo(tokens), 401);
      if (facts.accessTokenEndsGrant) await rejects(() => client.refreshTokenGrant(tokens), rejectedGrant);
      else assert.equal(await userinfo(await client.refreshTokenGrant(tokens)), "alice");
    });
  } else {
    it("rejects revocation at a server without a revocation endpoint", async () => {
      const tokens = await connect();
      await rejects(() => client.revoke(tokens), { code: "invalid_configuration", retryable: false });
      assert.equal(await userinfo(tokens), "alice");
    });
  }

  it("rejects a callback of a user who denied the request", async () => {
    const { callback, pending } = await authorize(facts.deny);
    const denied = { code: "authorization_response", error: "access_denied", retryable: false };
    await rejectsUnsent(callback, pending, { ...denied, error_description: facts.denial });
    if (metadata.authorization_response_iss_parameter_supported) {
      await rejectsUnsent(withParameter(callback, "iss", OTHER_ISSUER), pending, { code: "callback_mismatch" });
    }
  });

  if (facts.challengeRequired) {
    it("rejects a callback of a server that rejected the request", async () => {
      const { url, pending } = await client.authorizationRequest({ scope: facts.scope });
      const plain = withParameter(withParameter(url, "code_challenge", null), "code_challenge_method", null);
      const { callback } = await facts.allow(new Browser(redirect_uri), plain);
      assert.ok(callback);
      await rejectsUnsent(callback, pending, { code: "authorization_response", error: "invalid_request" });
    });
  }

  it("sends nothing for a callback of another request", async () => {
    const { callback, pending } = await authorize();
    const mismatch = { code: "callback_mismatch", retryable: false };
    const other = await client.authorizationRequest({ scope: facts.scope });
    await rejectsUnsent(callback, other.pending, mismatch);
    await rejectsUnsent(withParameter(callback, "state", null), pending, mismatch);
    await rejectsUnsent(withParameter(callback, "iss", OTHER_ISSUER), pending, mismatch);
    await rejectsUnsent(`${callback}&code=another`, pending, mismatch);
    if (metadata.authorization_response_iss_parameter_supported) {
      await rejectsUnsent(withParameter(callback, "iss", null), pending, mismatch);
    }
    assert.equal(await userinfo(await client.authorizationCodeGrant(callback, pending)), "alice");
  });

  it("exchanges a code once", async () => {
    const { callback, pending } = await authorize();
    await client.authorizationCodeGrant(callback, pending);
    await codeRejected(callback, pending);
  });

  it("cannot exchange a code without its verifier", async () => {
    const { callback, pending } = await authorize();
    const { pending: other } = await client.authorizationRequest({ scope: facts.scope });
    await codeRejected(callback, { ...pending, code_verifier: other.code_verifier });
  });

  if (client_secret !== undefined) {
    it("rejects with client_rejected for a wrong client secret", async () => {
      const wrongClient = clientWith({ client_secret: `${client_secret}!` });
      const { callback, pending } = await authorize(facts.allow, wrongClient);
      const rejected = { code: "client_rejected", error: "invalid_client", status: facts.invalidClientStatus[method] };
      const secrets = [client_secret, ...secretsOf(pending)];
      await rejects(() => wrongClient.authorizationCodeGrant(callback, pending), rejected, secrets);
      const tokens = await client.authorizationCodeGrant(callback, pending);
      await rejects(() => wrongClient.refreshTokenGrant(tokens), rejected, [client_secret, ...secretsOf(tokens)]);
      assert.equal(await userinfo(await client.refreshTokenGrant(tokens)), "alice");
    });
  }

  /**
   * @param {string} callback
   * @param {Pending} pending
   */
  async function codeRejected(callback, pending) {
    const rejected = { code: "code_rejected", error: "invalid_grant", status: 400, retryable: false };
    const code = new URL(callback).searchParams.get("code") ?? "";
    await rejects(() => client.authorizationCodeGrant(callback, pending), rejected, [code, ...secretsOf(pending)]);
  }

  /**
   * @param {string} callback
   * @param {Pending} pending
   * @param {Record<string, unknown>} expected
   */
  async function rejectsUnsent(callback, pending, expected) {
    const secrets = secretsOf(pending);
    const received = await server.receivedDuring(async () => {
      await rejects(() => client.authorizationCodeGrant(callback, pending), expected, secrets);
    });
    assert.deepEqual(received, []);
  }
}
