import { equal, ok, rejects } from "./assert.mjs";
import { CLIENT, NOW, plainClient, remember, SCOPE, STORED, setUp } from "./setup.mjs";

/**
 * Every text that a value can become in a log.
 *
 * @param {import("./setup.mjs").Environment} environment
 * @param {unknown} value
 */
function printed({ inspect, show }, value) {
  show(value);
  show("as part of a text: %s %o", value, value);
  return [String(value), `${value}`, ...(inspect ? [inspect(value), inspect({ deep: [value] })] : [])];
}

/** Every text that an error can become in a logger that knows errors. @param {Error} error */
const printedError = (error) => [
  error.message,
  error.stack ?? "",
  JSON.stringify(error),
  ...Object.values(error).map(String),
];

/**
 * @param {string[]} texts
 * @param {Iterable<string>} secrets
 * @param {string} label
 */
function assertNoSecret(texts, secrets, label) {
  for (const text of texts) {
    for (const secret of secrets) ok(!text.includes(secret), `${label} without "${secret}", seen: ${text}`);
  }
}

/** @type {import("./setup.mjs").Test[]} */
export const secrets = [
  {
    name: "a TokenSet has its tokens in JSON and in a clone, and hides them when printed",
    async run(environment) {
      const { client, signIn, time } = await setUp(environment);
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
      assertNoSecret(printed(environment, tokens), [tokens.access_token, tokens.refresh_token ?? "?"], "a TokenSet");

      time.now = NOW + 60;
      const renewed = await client.refreshTokenGrant(plain);
      remember(environment.secrets, renewed.access_token);
      equal(renewed.accounts_server, "https://accounts.zoho.eu", "tokens from a store can be refreshed");
      assertNoSecret(printed(environment, renewed), [renewed.access_token, plain.refresh_token], "a renewed TokenSet");
    },
  },
  {
    name: "members that the server adds to the token response are kept unchanged",
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
      const { client } = await setUp(environment);
      const seen = [...printed(environment, client), JSON.stringify(client), ...Object.values(client).map(String)];
      assertNoSecret(seen, Object.values(CLIENT.client_secret), "a client");
    },
  },
  {
    name: "no error shows a token, a code, a verifier or a client secret",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, callback, signIn } = await setUp(environment, { timeoutMs: 200 });
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
      for (const failure of ["http_500_html", "throttle", "truncated", "reset", "slow", "oversized"]) {
        fake.fail("token", failure);
        const error = await client.authorizationCodeGrant(redirect, pending).catch((reason) => reason);
        ok(error instanceof grantkit.OAuthError, `${failure} is an OAuthError`);
        codes.push(error.code);
        assertNoSecret([...printed(environment, error), ...printedError(error)], forbidden, failure);
      }
      equal(
        codes,
        ["unexpected_response", "throttled", "malformed_response", "network", "timeout", "malformed_response"],
        "codes",
      );
      const forged = client.authorizationCodeGrant(redirect.replace(pending.state, "A".repeat(43)), pending);
      const error = await rejects(grantkit, forged, { code: "callback_mismatch" }, "forged state");
      assertNoSecret(
        [...printed(environment, error), ...printedError(error)],
        [...forbidden, pending.state],
        "callback_mismatch",
      );
    },
  },
  {
    name: "a secret that the server echoes in its error response is redacted",
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
      const error = await rejects(grantkit, refresh, { code: "client_rejected", error: "invalid_client" }, "echo");
      const forbidden = ["plain-secret-31c8", STORED.refresh_token];
      remember(environment.secrets, ...forbidden);
      assertNoSecret(
        [...printed(environment, error), ...printedError(error), error.error_description ?? ""],
        forbidden,
        "echo",
      );
    },
  },
  {
    name: "a secret in the reason of a rejected fetch is redacted",
    async run(environment) {
      const { grantkit } = environment;
      const forbidden = ["plain-secret-31c8", btoa("plain:plain-secret-31c8"), STORED.refresh_token];
      remember(environment.secrets, ...forbidden);
      for (const token_endpoint_auth_method of /** @type {const} */ (["client_secret_post", "client_secret_basic"])) {
        const fetch = (/** @type {string} */ url, /** @type {RequestInit} */ init) =>
          Promise.reject(Object.assign(new Error(`cannot send ${init.body}`), { url, init }));
        const client = plainClient(grantkit, fetch, { token_endpoint_auth_method });
        const refresh = client.refreshTokenGrant(STORED);
        const error = await rejects(grantkit, refresh, { code: "network" }, token_endpoint_auth_method);
        ok(error.cause instanceof Error, "the error has a cause");
        assertNoSecret(
          [...printed(environment, error), ...printedError(error), String(error.cause)],
          forbidden,
          "rejection",
        );
      }
    },
  },
  {
    name: "the tokens of an error can be read but are not printed with it",
    async run(environment) {
      const { grantkit } = environment;
      const { client, callback } = await setUp(environment);
      const first = await callback();
      remember(environment.secrets, (await client.authorizationCodeGrant(first.redirect, first.pending)).refresh_token);
      const { redirect, pending } = await callback();
      const exchange = client.authorizationCodeGrant(redirect, pending);
      const error = await rejects(grantkit, exchange, { code: "refresh_token_missing" }, "no refresh token");
      const token = error.tokens?.access_token ?? "?";
      environment.secrets.add(token);
      equal(Object.keys(error).includes("tokens"), false, "not enumerable");
      assertNoSecret([...printed(environment, error), ...printedError(error)], [token], "refresh_token_missing");
    },
  },
  {
    name: "trace events cover each token and revocation request and carry no secret",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, events, signIn } = await setUp(environment);
      const tokens = await signIn("in");
      fake.fail("token", "throttle");
      await rejects(grantkit, client.refreshTokenGrant(tokens), { code: "throttled" }, "throttle");
      await client.revoke(tokens);
      const exchanges = events.filter(({ step }) => step === "token" || step === "revoke");
      for (const { durationMs } of exchanges) ok(Number(durationMs) >= 0, `durationMs ${durationMs} is a time`);
      const url = "https://accounts.zoho.in/oauth/v2/token";
      equal(
        exchanges.slice(0, 2).map(({ durationMs: _duration, id: _id, ...event }) => event),
        [
          { step: "token", grant_type: "authorization_code", url, phase: "fetching", effect: "fetch", status: 200 },
          {
            step: "token",
            grant_type: "refresh_token",
            url,
            phase: "fetching",
            effect: "fetch",
            status: 400,
            code: "throttled",
          },
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
      ok(events.length > exchanges.length, "the authorization request and its callback are traced too");
      ok(
        events.every(({ url }) => !/[?#]/.test(url)),
        "no query in any url",
      );
      assertNoSecret([JSON.stringify(events)], environment.secrets, "events");
    },
  },
  {
    name: "a trace function that throws does not fail the exchange",
    async run(environment) {
      const { client, fake } = await setUp(environment, {
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
