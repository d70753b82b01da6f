import { equal, match, ok, rejects } from "./assert.mjs";
import { CLIENT, NOW, REDIRECT_URI, remember, SCOPE, SCOPE_GRANTED, setUp } from "./setup.mjs";

/** @typedef {import("grantkit").TokenSet} TokenSet */

/** @param {BodyInit | null | undefined} body */
const form = (body) => Object.fromEntries(new URLSearchParams(String(body)));

/**
 * A token set without its tokens, for comparison.
 *
 * @param {TokenSet} tokens
 */
function withoutTokens(tokens) {
  const { access_token, refresh_token, ...rest } = tokens;
  ok(access_token.length > 20, "an access token");
  ok((refresh_token ?? "").length > 20, "a refresh token");
  return rest;
}

/**
 * @param {Awaited<ReturnType<typeof setUp>>["fake"]} fake
 * @param {TokenSet} tokens
 * @param {string} path
 */
async function crm(fake, tokens, path) {
  const headers = { authorization: `Zoho-oauthtoken ${tokens.access_token}` };
  const response = await fake.fetch(`${tokens.api_domain}${path}`, { headers });
  return { status: response.status, body: await response.json() };
}

/** @type {import("./setup.mjs").Test[]} */
export const grants = [
  {
    name: "the web flow: consent, callback, tokens, CRM",
    async run(environment) {
      const { fake, signIn, sent, time } = await setUp(environment);
      time.now = NOW + 5;
      const tokens = await signIn();
      equal(
        withoutTokens(tokens),
        {
          token_type: "Bearer",
          expires_at: NOW + 5 + 3600,
          scope: SCOPE_GRANTED,
          api_domain: "https://www.zohoapis.com",
          accounts_server: "https://accounts.zoho.com",
        },
        "tokens",
      );
      const [request] = sent;
      ok(request && sent.length === 1, "one request");
      equal(request.url, "https://accounts.zoho.com/oauth/v2/token", "no parameter in the URL");
      equal(request.init.method, "POST", "method");
      equal(request.init.redirect, "manual", "redirects are not followed");
      const { code, code_verifier, ...rest } = form(request.init.body);
      match(code ?? "", /./, "code");
      match(code_verifier ?? "", /^[\w-]{43}$/, "code_verifier");
      equal(
        rest,
        {
          grant_type: "authorization_code",
          client_id: CLIENT.client_id,
          client_secret: CLIENT.client_secret.us,
          redirect_uri: REDIRECT_URI,
        },
        "body",
      );
      const organisation = await crm(fake, tokens, "/crm/v8/org");
      equal(organisation.status, 200, "status of the CRM call");
      equal(Array.isArray(organisation.body.org) && organisation.body.org.length, 1, "one organisation");
      const leads = await crm(fake, tokens, "/crm/v8/Leads?fields=Last_Name&per_page=2");
      equal(leads.body.data.length, 2, "two leads");
    },
  },
  {
    name: "a user of another data centre gets tokens there, with that data centre's client secret",
    async run(environment) {
      for (const location of /** @type {const} */ (["eu", "in"])) {
        const { client, fake, signIn, sent } = await setUp(environment);
        const tokens = await signIn(location);
        equal(tokens.accounts_server, `https://accounts.zoho.${location}`, "accounts_server");
        equal(tokens.api_domain, `https://www.zohoapis.${location}`, "api_domain");
        const renewed = await client.refreshTokenGrant(tokens);
        remember(environment.secrets, renewed.access_token);
        for (const { url, init } of sent) {
          equal(url, `https://accounts.zoho.${location}/oauth/v2/token`, "endpoint");
          equal(form(init.body).client_secret, CLIENT.client_secret[location], "secret");
        }
        equal(sent.length, 2, "requests");
        equal((await crm(fake, renewed, "/crm/v8/org")).status, 200, "status of the CRM call");
      }
    },
  },
  {
    name: "a data centre without a client secret is invalid_configuration, with a wrong one client_rejected",
    async run(environment) {
      const { grantkit } = environment;
      const without = await setUp(environment, { client_secret: { us: CLIENT.client_secret.us } });
      const before = await without.callback("eu");
      const absent = without.client.authorizationCodeGrant(before.redirect, before.pending);
      const missing = await rejects(grantkit, absent, { code: "invalid_configuration" }, "no secret for eu");
      ok(missing.message.includes("eu"), `"${missing.message}" names the data centre`);
      equal(without.sent.length, 0, "the secret of us is not sent to eu");

      const single = await setUp(environment, { client_secret: CLIENT.client_secret.us });
      const { redirect, pending } = await single.callback("eu");
      const wrong = single.client.authorizationCodeGrant(redirect, pending);
      const expected = { code: "client_rejected", error: "invalid_client_secret", status: 200, retryable: false };
      const error = await rejects(grantkit, wrong, /** @type {any} */ (expected), "the secret of us at eu");
      match(error.message, /data cent/i, "the message names the most common cause");
    },
  },
  {
    name: "a Self Client's code is exchanged without a redirect_uri",
    async run(environment) {
      for (const location of /** @type {const} */ (["us", "in"])) {
        const { client, fake, sent } = await setUp(environment, { redirect_uri: undefined });
        const code = fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE, location });
        const tokens = await client.exchangeCode(code, location === "us" ? {} : { location });
        remember(environment.secrets, code, tokens.access_token, tokens.refresh_token);
        equal(withoutTokens(tokens).scope, SCOPE_GRANTED, "scope");
        equal(
          form(sent[0]?.init.body),
          {
            grant_type: "authorization_code",
            code,
            client_id: CLIENT.client_id,
            client_secret: CLIENT.client_secret[location],
          },
          "body",
        );
        equal((await crm(fake, tokens, "/crm/v8/org")).status, 200, "status of the CRM call");
      }
    },
  },
  {
    name: "a code is valid once, until it expires, at its data centre",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake } = await setUp(environment);
      const options = { client_id: CLIENT.client_id, scope: SCOPE };
      const expected = { code: "code_rejected", error: "invalid_code", status: 200, retryable: false };
      /** @param {string} code @param {string} label */
      const rejected = (code, label) =>
        rejects(grantkit, client.exchangeCode(code), /** @type {any} */ (expected), label);

      const code = fake.selfClientCode(options);
      remember(environment.secrets, (await client.exchangeCode(code)).refresh_token);
      await rejected(code, "used twice");
      const late = fake.selfClientCode({ ...options, seconds: 60 });
      fake.advance(61);
      await rejected(late, "expired");
      await rejected(fake.selfClientCode({ ...options, location: "eu" }), "made at another data centre");
      await rejected("1000.never.made", "unknown");
      await rejects(grantkit, client.exchangeCode(""), { code: "invalid_configuration" }, "empty");
    },
  },
  {
    name: "a refresh keeps the members that the token response omits",
    async run(environment) {
      const { client, fake, signIn, sent, time } = await setUp(environment);
      const tokens = await signIn();
      fake.advance(3601);
      equal((await crm(fake, tokens, "/crm/v8/org")).status, 401, "the first token has expired");
      time.now = NOW + 3601;
      const renewed = await client.refreshTokenGrant({ ...tokens, note: "kept" });
      remember(environment.secrets, renewed.access_token);
      ok(renewed.access_token !== tokens.access_token, "another access token");
      equal(renewed.refresh_token, tokens.refresh_token, "the same refresh token: Zoho does not rotate");
      equal(renewed.expires_at, NOW + 3601 + 3600, "expires_at");
      equal(renewed.api_domain, tokens.api_domain, "api_domain");
      equal(renewed.accounts_server, tokens.accounts_server, "accounts_server");
      equal(renewed.scope, SCOPE_GRANTED, "scope");
      const { refresh_token, ...rest } = form(sent[1]?.init.body);
      equal(refresh_token, tokens.refresh_token, "refresh_token of the body");
      equal(
        rest,
        { grant_type: "refresh_token", client_id: CLIENT.client_id, client_secret: CLIENT.client_secret.us },
        "body",
      );
      equal((await crm(fake, renewed, "/crm/v8/org")).status, 200, "the second token works");
    },
  },
  {
    name: "a refresh of a revoked grant is rejected with reauthorization_required",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, signIn } = await setUp(environment);
      const tokens = await signIn();
      equal(await client.revoke(tokens), undefined, "revoke resolves with nothing");
      const refresh = client.refreshTokenGrant(tokens);
      const expected = { code: "reauthorization_required", error: "invalid_code", status: 200, retryable: false };
      await rejects(grantkit, refresh, /** @type {any} */ (expected), "refresh after revoke");
      const call = await crm(fake, tokens, "/crm/v8/org");
      equal([call.status, call.body.code], [401, "INVALID_TOKEN"], "CRM call after revoke");
      await client.revoke(tokens);
    },
  },
  {
    name: "revoking only the access token leaves the grant valid",
    async run(environment) {
      const { client, fake, signIn } = await setUp(environment);
      const tokens = await signIn();
      await client.revoke(tokens, { token: "access_token" });
      equal((await crm(fake, tokens, "/crm/v8/org")).status, 401, "the access token is revoked");
      const renewed = await client.refreshTokenGrant(tokens);
      remember(environment.secrets, renewed.access_token);
      equal((await crm(fake, renewed, "/crm/v8/org")).status, 200, "the refresh token is valid");
    },
  },
  {
    name: "tokens without a refresh token cannot be refreshed, and no request is sent",
    async run(environment) {
      const { grantkit } = environment;
      const { client, sent } = await setUp(environment);
      const refresh = client.refreshTokenGrant({ access_token: "1000.a.b", token_type: "Bearer" });
      await rejects(grantkit, refresh, { code: "reauthorization_required", retryable: false }, "no refresh token");
      equal(sent.length, 0, "requests sent");
    },
  },
  {
    name: "an offline exchange without a refresh token rejects with an error that has the tokens",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, callback } = await setUp(environment);
      const first = await callback();
      remember(environment.secrets, (await client.authorizationCodeGrant(first.redirect, first.pending)).refresh_token);
      const second = await callback();
      const exchange = client.authorizationCodeGrant(second.redirect, second.pending);
      const error = await rejects(grantkit, exchange, { code: "refresh_token_missing" }, "second consent, no prompt");
      match(error.message, /prompt=consent/, "the message says what to add");
      ok(error.tokens && error.tokens.refresh_token === undefined, "tokens without a refresh token");
      remember(environment.secrets, error.tokens.access_token);
      equal((await crm(fake, error.tokens, "/crm/v8/org")).status, 200, "the access token works");

      const { url, pending } = await client.authorizationRequest({ scope: SCOPE, parameters: { prompt: "consent" } });
      const again = await client.authorizationCodeGrant(fake.consent(url), pending);
      remember(environment.secrets, again.access_token, again.refresh_token);
      match(again.refresh_token ?? "", /./, "with prompt=consent there is one");
    },
  },
];
