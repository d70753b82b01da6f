import { equal, ok, refused } from "./assert.mjs";
import { CLIENT, NOW, plainClient, remember, SCOPE, STORED, world } from "./world.mjs";

/**
 * Every text that a value may end up as in a log.
 *
 * @param {import("./world.mjs").Environment} environment
 * @param {unknown} value
 */
function texts({ inspect, show }, value) {
  show(value);
  show("as part of a text: %s %o", value, value);
  return [String(value), `${value}`, ...(inspect ? [inspect(value), inspect({ deep: [value] })] : [])];
}

/** The texts of an error: what a logger that knows errors would write. @param {Error} error */
const errorTexts = (error) => [
  error.message,
  error.stack ?? "",
  JSON.stringify(error),
  ...Object.values(error).map(String),
];

/**
 * @param {string[]} seen
 * @param {Iterable<string>} secrets
 * @param {string} what
 */
function holdsNone(seen, secrets, what) {
  for (const text of seen) {
    for (const secret of secrets) ok(!text.includes(secret), `${what} without "${secret}", seen: ${text}`);
  }
}

/** @type {import("./world.mjs").Test[]} */
export const secrets = [
  {
    name: "a TokenSet is whole in JSON and in a clone, and shows no token otherwise",
    async run(environment) {
      const { client, signIn, time } = await world(environment);
      const tokens = await signIn("eu");
      const plain = JSON.parse(JSON.stringify(tokens));
      equal(
        Object.keys(plain).sort(),
        ["access_token", "accounts_server", "api_domain", "expires_at", "refresh_token", "scope", "token_type"],
        "members in JSON",
      );
      equal(plain.access_token, tokens.access_token, "access token in JSON");
      equal(plain.refresh_token, tokens.refresh_token, "refresh token in JSON");
      equal(structuredClone(tokens), plain, "structuredClone");
      equal({ ...tokens }, plain, "spread");
      holdsNone(texts(environment, tokens), [tokens.access_token, tokens.refresh_token ?? "?"], "a TokenSet");

      time.now = NOW + 60;
      const renewed = await client.refreshTokenGrant(plain);
      remember(environment.secrets, renewed.access_token);
      equal(renewed.accounts_server, "https://accounts.zoho.eu", "what came back from a store can be refreshed");
      holdsNone(texts(environment, renewed), [renewed.access_token, plain.refresh_token], "a renewed TokenSet");
    },
  },
  {
    name: "members that the server adds are kept as sent",
    async run({ grantkit }) {
      const added = { id_token: "e.y.j", extra: { deep: [1, "two", null] }, "with space": true };
      const client = plainClient(grantkit, async () =>
        Response.json({ access_token: "at.new", token_type: "bearer", expires_in: "120", ...added }),
      );
      const tokens = await client.refreshTokenGrant(STORED);
      equal(
        JSON.parse(JSON.stringify(tokens)),
        {
          access_token: "at.new",
          token_type: "bearer",
          expires_at: NOW + 120,
          refresh_token: STORED.refresh_token,
          ...added,
        },
        "members",
      );
    },
  },
  {
    name: "a client shows no secret",
    async run(environment) {
      const { client } = await world(environment);
      const seen = [...texts(environment, client), JSON.stringify(client), ...Object.values(client).map(String)];
      holdsNone(seen, Object.values(CLIENT.client_secret), "a client");
    },
  },
  {
    name: "no error shows a token, a code, a verifier or a client secret",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, callback, signIn } = await world(environment, { timeoutMs: 200 });
      const tokens = await signIn();
      const { redirect, pending } = await callback();
      const code = new URL(redirect).searchParams.get("code") ?? "";
      const forbidden = [
        tokens.access_token,
        tokens.refresh_token ?? "?",
        code,
        pending.code_verifier,
        ...Object.values(CLIENT.client_secret),
      ];
      const codes = [];
      for (const how of ["http_500_html", "throttle", "truncated", "reset", "slow", "oversized"]) {
        fake.fail("token", how);
        const error = await client.authorizationCodeGrant(redirect, pending).catch((reason) => reason);
        ok(error instanceof grantkit.OAuthError, `${how} is an OAuthError`);
        codes.push(error.code);
        holdsNone([...texts(environment, error), ...errorTexts(error)], forbidden, how);
      }
      equal(
        codes,
        ["unexpected_response", "throttled", "malformed_response", "network", "timeout", "malformed_response"],
        "codes",
      );
      const forged = client.authorizationCodeGrant(redirect.replace(pending.state, "A".repeat(43)), pending);
      const error = await refused(grantkit, forged, { code: "callback_mismatch" }, "forged state");
      holdsNone(
        [...texts(environment, error), ...errorTexts(error)],
        [...forbidden, pending.state],
        "callback_mismatch",
      );
    },
  },
  {
    name: "a server that echoes what it was sent gives nothing away",
    async run(environment) {
      const { grantkit } = environment;
      const client = plainClient(
        grantkit,
        async (_url, init) => {
          const authorization = new Headers(init.headers).get("authorization") ?? "";
          const error_description = `no: ${init.body} ${authorization} plain-secret-31c8 ${STORED.refresh_token}`;
          return Response.json({ error: "invalid_client", error_description }, { status: 401 });
        },
        { token_endpoint_auth_method: "client_secret_post" },
      );
      const refresh = client.refreshTokenGrant(STORED);
      const error = await refused(grantkit, refresh, { code: "client_rejected", error: "invalid_client" }, "echo");
      const forbidden = ["plain-secret-31c8", STORED.refresh_token];
      remember(environment.secrets, ...forbidden);
      holdsNone([...texts(environment, error), ...errorTexts(error), error.error_description ?? ""], forbidden, "echo");
    },
  },
  {
    name: "a fetch that rejects with what it was handed gives nothing away",
    async run(environment) {
      const { grantkit } = environment;
      const forbidden = ["plain-secret-31c8", btoa("plain:plain-secret-31c8"), STORED.refresh_token];
      remember(environment.secrets, ...forbidden);
      for (const token_endpoint_auth_method of /** @type {const} */ (["client_secret_post", "client_secret_basic"])) {
        const answer = (/** @type {string} */ url, /** @type {RequestInit} */ init) =>
          Promise.reject(Object.assign(new Error(`cannot send ${init.body}`), { url, init }));
        const client = plainClient(grantkit, answer, { token_endpoint_auth_method });
        const refresh = client.refreshTokenGrant(STORED);
        const error = await refused(grantkit, refresh, { code: "network" }, token_endpoint_auth_method);
        ok(error.cause instanceof Error, "there still is a cause");
        holdsNone([...texts(environment, error), ...errorTexts(error), String(error.cause)], forbidden, "rejection");
      }
    },
  },
  {
    name: "tokens on an error can be taken from it but are not shown with it",
    async run(environment) {
      const { grantkit } = environment;
      const { client, callback } = await world(environment);
      const first = await callback();
      remember(environment.secrets, (await client.authorizationCodeGrant(first.redirect, first.pending)).refresh_token);
      const { redirect, pending } = await callback();
      const exchange = client.authorizationCodeGrant(redirect, pending);
      const error = await refused(grantkit, exchange, { code: "refresh_token_missing" }, "no refresh token");
      const token = error.tokens?.access_token ?? "?";
      environment.secrets.add(token);
      equal(Object.keys(error).includes("tokens"), false, "not enumerable");
      holdsNone([...texts(environment, error), ...errorTexts(error)], [token], "refresh_token_missing");
    },
  },
  {
    name: "trace tells of every exchange and carries no secret",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, events, signIn } = await world(environment);
      const tokens = await signIn("in");
      fake.fail("token", "throttle");
      await refused(grantkit, client.refreshTokenGrant(tokens), { code: "throttled" }, "throttle");
      await client.revoke(tokens);
      const exchanges = events.filter(({ step }) => step === "token" || step === "revoke");
      for (const { durationMs } of exchanges) ok(Number(durationMs) >= 0, `durationMs ${durationMs} is a time`);
      const url = "https://accounts.zoho.in/oauth/v2/token";
      equal(
        exchanges.slice(0, 2).map(({ durationMs: _, ...event }) => event),
        [
          { step: "token", grant_type: "authorization_code", url, status: 200 },
          { step: "token", grant_type: "refresh_token", url, status: 400, code: "throttled" },
        ],
        "token events",
      );
      equal(
        exchanges
          .slice(2)
          .map(({ step, code }) => [step, code])
          .at(-1),
        ["revoke", undefined],
        "revoke event",
      );
      ok(events.length > exchanges.length, "the authorization request and its callback are told of too");
      ok(
        events.every(({ url }) => !/[?#]/.test(url)),
        "no query in any url",
      );
      holdsNone([JSON.stringify(events)], environment.secrets, "events");
    },
  },
  {
    name: "a trace that throws does not disturb the exchange",
    async run(environment) {
      const { client, fake } = await world(environment, {
        trace: () => {
          throw new Error("trace");
        },
      });
      const tokens = await client.exchangeCode(fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE }));
      remember(environment.secrets, tokens.access_token, tokens.refresh_token);
      equal(tokens.token_type, "Bearer", "token_type");
    },
  },
];
