// Typed uses of every public name, and misuses that must not compile. Never run: tsc reads it, here and against the
// installed tarball.

import {
  type AuthorizationServer,
  type CallOptions,
  type ClientConfig,
  type GrantRecord,
  isOAuthError,
  memoryStore,
  OAuthClient,
  OAuthError,
  type OAuthErrorCode,
  type Pending,
  type Sealer,
  sealedStore,
  sealer,
  TokenManager,
  type TokenSet,
  type TokenStore,
  type TraceEvent,
  type ZohoLocation,
  zoho,
  zohoRegions,
} from "grantkit";
import * as inline from "grantkit/inline";
import { fileStore } from "grantkit/node";
import { redisStore } from "grantkit/redis";
import { checkTokenStore, type FakeZoho, fakeZoho } from "grantkit/testing";
import { type Callback, type LoginOptions, type WebFlow, type WebFlowOptions, webFlow } from "grantkit/web";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only if both types are identical. */
const exactly = <A, B>(_same: Equal<A, B>): void => {};

// Servers

const location: ZohoLocation = "eu";
// @ts-expect-error Zoho has no such data centre
const unknownLocation: ZohoLocation = "xx";
const servers: AuthorizationServer[] = [
  zoho(),
  zoho({}),
  zoho({ location }),
  zoho({ accountsServer: "http://127.0.0.1:9000", apiDomain: "http://127.0.0.1:9001" }),
  zoho({ accountsServer: { us: "http://127.0.0.1:9000" }, apiDomain: { us: "http://127.0.0.1:9001", eu: "" } }),
  {
    issuer: "https://as.example",
    token_endpoint: "https://as.example/token",
    profile: "rfc",
    scopes_supported: ["read"],
  },
  {},
];
// @ts-expect-error an endpoint is a string
const wrongServer: AuthorizationServer = { token_endpoint: 1 };
// @ts-expect-error no such member
export const misspelled: AuthorizationServer = { tokenEndpoint: "https://as.example/token" };
// A document of a server has members that the type does not name.
const parsed = { issuer: "https://as.example", op_policy_uri: "https://as.example/policy", claims_supported: ["sub"] };
servers.push(parsed, JSON.parse("{}"));
// @ts-expect-error no such data centre
zoho({ accountsServer: { xx: "https://accounts.example" } });

// Clients

const [server = {}] = servers;
const config: ClientConfig = { server, client_id: "id" };
const client = new OAuthClient({
  ...config,
  client_secret: { us: "a", eu: "b" },
  token_endpoint_auth_method: "client_secret_basic",
  redirect_uri: "https://app.example/callback",
  fetch: async (url, init) => {
    exactly<typeof url, string>(true);
    exactly<typeof init, RequestInit>(true);
    return fetch(url, init);
  },
  timeoutMs: 5000,
  clock: Date.now,
  trace: (event: TraceEvent) => {
    const { id, cause, step, phase, effect, grant_type, url, status, durationMs, code } = event;
    exactly<typeof id, number>(true);
    exactly<typeof cause, number | undefined>(true);
    exactly<typeof phase | typeof effect, string | undefined>(true);
    exactly<typeof step, "authorize" | "callback" | "token" | "revoke" | "api" | "store">(true);
    exactly<typeof grant_type, string | undefined>(true);
    exactly<typeof url, string>(true);
    exactly<typeof status | typeof durationMs, number | undefined>(true);
    exactly<typeof code, OAuthErrorCode | undefined>(true);
  },
});
new OAuthClient({ server, client_id: "id", client_secret: "one for all", fetch });
// @ts-expect-error a client has an id
new OAuthClient({ server });
// @ts-expect-error a client has a server
new OAuthClient({ client_id: "id" });
// @ts-expect-error grantkit does not support this authentication method
new OAuthClient({ server, client_id: "id", token_endpoint_auth_method: "client_secret_jwt" });
// @ts-expect-error a class needs new
OAuthClient(config);
exactly<ConstructorParameters<typeof OAuthClient>, [config: ClientConfig]>(true);

// Calls

async function calls(tokens: TokenSet, callback: Request): Promise<void> {
  const { url, pending } = await client.authorizationRequest({
    scope: ["ZohoCRM.modules.ALL", "ZohoCRM.org.READ"],
    parameters: { prompt: "consent" },
    return_to: "/",
    maxAge: 300,
  });
  exactly<typeof url, string>(true);
  exactly<typeof pending, Pending>(true);
  await client.authorizationRequest({ scope: "read" });
  // @ts-expect-error scope is named
  await client.authorizationRequest({});
  // @ts-expect-error parameters are strings
  await client.authorizationRequest({ scope: "read", parameters: { max_age: 5 } });

  const { code, accounts_server } = await client.validateAuthorizationResponse(url, pending);
  exactly<typeof code, string>(true);
  exactly<typeof accounts_server, string | undefined>(true);
  await client.validateAuthorizationResponse(new URL(url), pending);
  await client.validateAuthorizationResponse(callback, pending);
  // @ts-expect-error the Pending is required
  await client.validateAuthorizationResponse(url);

  const options: CallOptions = { signal: AbortSignal.timeout(1000) };
  const granted = [
    await client.authorizationCodeGrant(url, pending),
    await client.authorizationCodeGrant(callback, pending, options),
    await client.exchangeCode(code),
    await client.exchangeCode(code, { ...options, location: "in" }),
    await client.refreshTokenGrant(tokens),
    await client.refreshTokenGrant(tokens, { ...options, scope: ["read"] }),
  ];
  exactly<typeof granted, TokenSet[]>(true);
  // @ts-expect-error the name of a region, not the region
  await client.exchangeCode(code, { location: zohoRegions[0] });
  // @ts-expect-error a token set, not a token
  await client.refreshTokenGrant("1000.refresh.token");

  exactly<ReturnType<typeof client.revoke>, Promise<void>>(true);
  await client.revoke(tokens);
  await client.revoke(tokens, { ...options, token: "access_token" });
  // @ts-expect-error no such token
  await client.revoke(tokens, { token: "id_token" });
}

// Keeping tokens

const manager = new TokenManager(client, memoryStore());
const managers: TokenManager[] = [
  new TokenManager(client, memoryStore(), {}),
  new TokenManager(client, memoryStore(), { key: "tenant" }),
  new inline.TokenManager(client, fileStore("tokens.json"), { key: "tenant", leeway: 60 }),
];
// @ts-expect-error a manager has a store
new TokenManager(client);
// @ts-expect-error the client, not its configuration
new TokenManager(config, memoryStore());
// @ts-expect-error seconds, not a string
new TokenManager(client, memoryStore(), { leeway: "5m" });
// @ts-expect-error minValidity is an option of a call, not of a manager
new TokenManager(client, memoryStore(), { minValidity: 60 });
// @ts-expect-error a class needs new
TokenManager(client, memoryStore());

async function managing(tokens: TokenSet, request: Request): Promise<void> {
  const { signal } = new AbortController();
  exactly<ReturnType<typeof manager.save>, Promise<void>>(true);
  await manager.save(tokens);
  exactly<Awaited<ReturnType<typeof manager.tokens>>, TokenSet | undefined>(true);
  exactly<ReturnType<typeof manager.accessToken>, Promise<string>>(true);
  const token: string = await manager.accessToken();
  await manager.accessToken({ minValidity: 600 });
  await manager.accessToken({ signal, minValidity: 600 });
  await manager.accessToken({ rejected: token });
  // @ts-expect-error the token, not a boolean
  await manager.accessToken({ rejected: true });
  // @ts-expect-error a number of seconds
  await manager.accessToken({ minValidity: "600" });
  // @ts-expect-error options, not the signal itself
  await manager.accessToken(signal);
  exactly<ReturnType<typeof manager.fetch>, Promise<Response>>(true);
  await manager.fetch("/crm/v8/org");
  await manager.fetch(new URL("https://www.zohoapis.com/crm/v8/org"), { method: "POST", body: "{}", signal });
  await manager.fetch(request, { redirect: "manual" });
  // @ts-expect-error a call has a URL
  await manager.fetch();
  exactly<ReturnType<typeof manager.revoke>, Promise<void>>(true);
  await manager.revoke();
  await manager.revoke({ signal });
  // @ts-expect-error a manager revokes the grant, not one of its tokens
  await manager.revoke({ token: "access_token" });
  const asFetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response> = (input, init) =>
    manager.fetch(input, init);
  void [token, asFetch, managers];
}

// Stores of an application

const records = new Map<string, GrantRecord>();
const customStore: TokenStore = {
  async load(key) {
    exactly<typeof key, string>(true);
    return records.get(key);
  },
  async save(key, record, expectedVersion) {
    exactly<typeof record, GrantRecord>(true);
    exactly<typeof expectedVersion, number | undefined>(true);
    if (records.get(key)?.version !== expectedVersion) return false;
    records.set(key, record);
    return true;
  },
  async delete(key) {
    records.delete(key);
  },
};
const locking: TokenStore = {
  ...customStore,
  async lock(key, run) {
    exactly<typeof key, string>(true);
    return run();
  },
};
exactly<Awaited<ReturnType<NonNullable<TokenStore["lock"]>>>, unknown>(true);
// @ts-expect-error a save returns whether it took effect
const saveWithoutResult: TokenStore = { ...customStore, save: async () => {} };
// @ts-expect-error a store has delete
const withoutDelete: TokenStore = { load: customStore.load, save: customStore.save };

const record: GrantRecord = { version: 1, tokens: { access_token: "a", token_type: "Bearer" }, requests: [] };
exactly<typeof record.version, number>(true);
exactly<typeof record.tokens, TokenSet>(true);
exactly<typeof record.requests, number[]>(true);
exactly<typeof record.refreshing_since | typeof record.hold_until, number | undefined>(true);
exactly<typeof record.rejected_at, number | undefined>(true);
// @ts-expect-error a record has a version
const withoutVersion: GrantRecord = { tokens: record.tokens, requests: [] };
// @ts-expect-error times are numbers
const withDate: GrantRecord = { ...record, hold_until: new Date() };

async function sealing(): Promise<void> {
  const sealing: Sealer = sealer("key");
  sealer(["new", "old"], { clock: Date.now });
  // @ts-expect-error a key is a string
  sealer(new Uint8Array(32));
  exactly<ReturnType<typeof sealing.seal>, Promise<string>>(true);
  const sealed = await sealing.seal({ any: "value" }, { purpose: "cookie", maxAge: 600 });
  exactly<Awaited<ReturnType<typeof sealing.unseal>>, unknown>(true);
  const pending = await sealing.unseal<Pending>(sealed, { purpose: "cookie" });
  exactly<typeof pending, Pending>(true);
  // @ts-expect-error sealing needs a purpose
  await sealing.seal("value");
  // @ts-expect-error unsealing needs the purpose
  await sealing.unseal(sealed, {});
  const stores: TokenStore[] = [
    sealedStore(memoryStore(), sealing),
    sealedStore(customStore, { seal: sealing.seal, unseal: sealing.unseal }),
    redisStore({}),
    redisStore({}, { prefix: "app:", lockMs: 10_000 }),
  ];
  // @ts-expect-error the sealer, not its key
  sealedStore(memoryStore(), "key");
  for (const store of [...stores, locking]) {
    exactly<ReturnType<typeof checkTokenStore>, Promise<void>>(true);
    await checkTokenStore(() => store);
    await checkTokenStore(async () => store);
  }
}

// Values

const pendingValue: Pending = {
  state: "s",
  code_verifier: "v",
  issuer: "https://accounts.zoho.com",
  redirect_uri: "https://app.example/callback",
  created_at: 1,
  expires_at: 2,
};
exactly<(typeof pendingValue)["return_to"], string | undefined>(true);
const stored: TokenSet = { access_token: "a", token_type: "Bearer", added_by_the_server: { deep: true } };
exactly<typeof stored.access_token, string>(true);
exactly<typeof stored.expires_at, number | undefined>(true);
exactly<typeof stored.refresh_token | typeof stored.id_token | typeof stored.scope, string | undefined>(true);
exactly<typeof stored.accounts_server | typeof stored.api_domain, string | undefined>(true);
exactly<(typeof stored)["added_by_the_server"], unknown>(true);
// @ts-expect-error token_type is required
const withoutType: TokenSet = { access_token: "a" };

// Errors

function advice(reason: unknown): string {
  if (!(reason instanceof OAuthError)) throw reason;
  const error: Error = reason;
  exactly<typeof reason.code, OAuthErrorCode>(true);
  exactly<typeof reason.retryable, boolean>(true);
  exactly<typeof reason.retryAfter | typeof reason.status, number | undefined>(true);
  exactly<typeof reason.error, string | undefined>(true);
  exactly<typeof reason.error_description | typeof reason.error_uri, string | undefined>(true);
  exactly<typeof reason.tokens, TokenSet | undefined>(true);
  exactly<typeof reason.headers, Headers | undefined>(true);
  exactly<typeof reason.cause, unknown>(true);
  // Exhaustive: adding or removing a code does not compile until this switch is updated.
  switch (reason.code) {
    case "invalid_configuration":
    case "client_rejected":
    case "insufficient_scope":
    case "module_unavailable":
      return "correct the configuration";
    case "authorization_response":
    case "callback_mismatch":
    case "code_rejected":
    case "reauthorization_required":
    case "refresh_token_missing":
      return "ask the user again";
    case "throttled":
    case "unexpected_response":
    case "malformed_response":
    case "network":
    case "timeout":
    case "aborted":
      return error.message;
    case "store":
      return "save reason.tokens";
    default:
      return reason satisfies never;
  }
}

export function narrowed(reason: unknown): number {
  if (!isOAuthError(reason)) throw reason;
  if (reason.code === "throttled") {
    exactly<typeof reason.retryable, true>(true);
    return reason.retryAfter;
  }
  if (reason.code === "refresh_token_missing") return reason.tokens.expires_at ?? 0;
  if (reason.code === "store") exactly<typeof reason.tokens, TokenSet | undefined>(true);
  if (reason.code === "network") exactly<typeof reason.retryable, true>(true);
  const throttled: OAuthError<"throttled">["retryAfter"] = 5;
  // @ts-expect-error not every error has a time to wait
  return reason.retryAfter satisfies typeof throttled;
}

// @ts-expect-error only grantkit makes errors
new OAuthError("throttled");

const rewrite = (error: OAuthError) => {
  // @ts-expect-error the members of an error are read-only
  error.code = "network";
};

// The redirect flow for servers

async function redirecting(sealing: Sealer, request: Request): Promise<void> {
  const options: WebFlowOptions = { sealer: sealing, scope: ["read"], parameters: { prompt: "consent" } };
  const flow: WebFlow = webFlow(client, options);
  webFlow(client, { sealer: sealing, scope: "read" });
  // @ts-expect-error a flow needs a sealer
  webFlow(client, { scope: "read" });
  // @ts-expect-error the sealer, not its key
  webFlow(client, { sealer: "key", scope: "read" });
  // @ts-expect-error scope is named
  webFlow(client, { sealer: sealing });
  const own: LoginOptions = { return_to: "/", scope: "write", parameters: { login_hint: "ann" } };
  exactly<ReturnType<typeof flow.login>, Promise<Response>>(true);
  await flow.login(request);
  await flow.login(request, own);
  await flow.login(request, { return_to: new URL(request.url).searchParams.get("return_to"), scope: undefined });
  // @ts-expect-error a path is a string
  await flow.login(request, { return_to: 1 });
  // @ts-expect-error the request, not its URL
  await flow.callback(request.url);
  const { login, callback } = flow;
  const { tokens, return_to, headers }: Callback = await callback(request);
  exactly<typeof tokens, TokenSet>(true);
  exactly<typeof return_to, string>(true);
  exactly<typeof headers, Headers>(true);
  void login;
}

// The other entries

const inlineTypes: typeof import("grantkit") = inline;

async function testing(): Promise<void> {
  const fake: FakeZoho = await fakeZoho();
  await fakeZoho({
    clients: [
      { client_id: "a", client_secret: "s" },
      { client_id: "b", client_secret: { eu: "s" }, redirect_uris: ["https://app.example/"], location: "eu" },
    ],
    users: [{ email: "ann@example.com", location: "us" }],
    seed: 1,
  });
  new OAuthClient({ server, client_id: "a", fetch: fake.fetch });
  exactly<Awaited<ReturnType<typeof fake.fetch>>, Response>(true);
  await fake.fetch(new Request("https://www.zohoapis.com/crm/v8/org"), { headers: {} });
  const listening = await fake.listen(0);
  const origins: Record<ZohoLocation, string>[] = [listening.accounts, listening.api];
  await listening.close();
  zoho({ accountsServer: listening.accounts, apiDomain: listening.api });
  exactly<ReturnType<typeof fake.selfClientCode>, string>(true);
  fake.selfClientCode({ client_id: "a", scope: "A", location: "eu", seconds: 60 });
  exactly<ReturnType<typeof fake.consent>, string>(true);
  fake.consent("https://accounts.zoho.com/oauth/v2/auth", { email: "ann@example.com", deny: true });
  fake.advance(3600);
  fake.revokeAll();
  fake.fail("token", "reset", 2);
  fake.fail("api", "too_many_requests");
  // @ts-expect-error no such endpoint
  fake.fail("auth", "reset");
  // @ts-expect-error the log is read-only
  fake.log = [];
  // @ts-expect-error its array is read-only
  fake.log.push({ method: "GET", path: "/", status: 200 });
  const { log } = fake;
  type LogMember = "method" | "host" | "path" | "grant_type" | "status" | "error" | "fault";
  exactly<keyof (typeof log)[number], LogMember>(true);
  exactly<(typeof log)[number]["status"], number>(true);
  void origins;
}

export {
  advice,
  calls,
  inlineTypes,
  managing,
  redirecting,
  rewrite,
  saveWithoutResult,
  sealing,
  testing,
  unknownLocation,
  withDate,
  withoutDelete,
  withoutType,
  withoutVersion,
  wrongServer,
};
