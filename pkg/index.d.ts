/** The public API. Names registered with IANA stay as registered (client_id, access_token); what grantkit adds is camelCase.
 *  Times are seconds since the Unix epoch (integers) unless the name ends in Ms. Every method rejects with OAuthError.
 *
 *  @module grantkit
 */

/** Authorization server metadata (RFC 8414). Plain JSON, so it can be stored, logged or put in an environment variable. Other
 *  members of a server's document are ignored, but a name that is nearly one of these is an error. */
export interface AuthorizationServer {
  /** Required, unless the profile supplies it. So are the endpoints that a call needs. */
  issuer?: string;
  authorization_endpoint?: string;
  token_endpoint?: string;
  revocation_endpoint?: string;
  introspection_endpoint?: string;
  device_authorization_endpoint?: string;
  pushed_authorization_request_endpoint?: string;
  userinfo_endpoint?: string;
  jwks_uri?: string;
  registration_endpoint?: string;
  end_session_endpoint?: string;
  authorization_response_iss_parameter_supported?: boolean;
  /** A client with a secret, and without `token_endpoint_auth_method`, uses the first method of this list that grantkit has. */
  token_endpoint_auth_methods_supported?: string[];
  /** Default: as for the token endpoint. */
  revocation_endpoint_auth_methods_supported?: string[];
  /** `authorizationRequest` rejects if there is a list without "S256". */
  code_challenge_methods_supported?: string[];
  /** `authorizationRequest` rejects if there is a list without "code". */
  response_types_supported?: string[];
  /** `authorizationRequest` rejects if this is true (RFC 9126), since grantkit pushes no request. */
  require_pushed_authorization_requests?: boolean;
  /** `authorizationRequest` rejects if this is true (RFC 9101), since grantkit signs no request. */
  require_signed_request_object?: boolean;
  scopes_supported?: string[];
  response_modes_supported?: string[];
  grant_types_supported?: string[];
  introspection_endpoint_auth_methods_supported?: string[];
  /** The deviations of this server from the RFCs: the name of a profile, or a row of your own. Default "rfc": no deviation. */
  profile?: "rfc" | "rfc-raw-basic" | "zoho" | "github" | "glewlwyd" | (string & {}) | object;
  /** The region where the client is registered, for a profile with regions, and origins in place of those of the profile, as
   *  `zoho()` sets them. */
  location?: ZohoLocation | (string & {});
  accounts_server?: string | Partial<Record<string, string>>;
  api_domain?: string | Partial<Record<string, string>>;
}

/** Zoho's data centres, by the value of the parameter `location` in its callback. */
export type ZohoLocation = "us" | "eu" | "in" | "au" | "jp" | "cn" | "ca" | "sa" | "uk" | "ae";

/** Zoho's data centres and their origins. `name` is the country or continent, in English. The first of `api_domains` is
 *  that of production; `undocumented` is true where Zoho documents only one of the hosts. */
export const zohoRegions: readonly {
  readonly location: ZohoLocation;
  readonly name: string;
  readonly accounts_server: string;
  readonly api_domains: readonly string[];
  readonly undocumented?: true;
}[];

/** Zoho, at the data centre where the client is registered (default "us"). The profile supplies hosts and endpoints.
 *  `accountsServer` and `apiDomain` allow other origins, such as a local fake or a new data centre: https, or http on
 *  loopback. */
export function zoho(options?: {
  location?: ZohoLocation;
  /** One origin, for the home data centre, or one for each data centre. */
  accountsServer?: string | Partial<Record<ZohoLocation, string>>;
  /** Likewise for API calls. */
  apiDomain?: string | Partial<Record<ZohoLocation, string>>;
}): AuthorizationServer;

/** The configuration of a client: its registration, its server, and the transport. */
export interface ClientConfig {
  server: AuthorizationServer;
  client_id: string;
  /** One secret, or one for each region (by default Zoho issues a secret for each data centre). */
  client_secret?: string | Partial<Record<string, string>>;
  /** RFC 7591 name. Default with a secret: the first of `server.token_endpoint_auth_methods_supported` that grantkit has,
   *  else that of the profile ("client_secret_post" for Zoho). Default without: "none". */
  token_endpoint_auth_method?: "client_secret_post" | "client_secret_basic" | "none";
  /** Never derived from a request. Absent for a Self Client. */
  redirect_uri?: string;
  /** Replaces the runtime's fetch, for a service binding, a proxy or a test. Called unbound, with a URL string and an init. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Deadline for one token request, body included. Default 10 000. */
  timeoutMs?: number;
  /** Milliseconds since the epoch, as Date.now. */
  clock?: () => number;
  /** Called for each authorization request, callback and request to a server, and each time that a refresh or revocation uses
   *  the store. Events contain no token, code, code verifier, client secret or body. docs/trace.md describes them. */
  trace?: (event: TraceEvent) => void;
}

/** One step of a flow or an API call. */
export interface TraceEvent {
  /** The same for all events of one flow or API call; counts up within a process. */
  id: number;
  /** The id of the API call that started this flow. */
  cause?: number;
  step: "authorize" | "callback" | "token" | "revoke" | "api" | "store";
  /** The phase of the flow, such as "marking", and its effect, such as "save". docs/trace.md lists them. */
  phase?: string;
  effect?: string;
  grant_type?: string;
  /** Without its query; empty for the store. */
  url: string;
  status?: number;
  durationMs?: number;
  /** The code of the error that it ended with. */
  code?: OAuthErrorCode;
}

/** The state of an attempt between the authorization request and the callback. Single use. Seal it before it leaves the
 *  server. */
export interface Pending {
  state: string;
  code_verifier: string;
  issuer: string;
  redirect_uri: string;
  created_at: number;
  expires_at: number;
  /** Whether offline access was requested: a response without refresh token is then the error refresh_token_missing. */
  offline?: boolean;
  /** Where the application sends the user afterwards: a path on its own origin. */
  return_to?: string;
}

/** A token response (RFC 6749 section 5.1) with absolute expiry times. JSON.stringify returns all members, for stores;
 *  console.log, util.inspect and String() show no token. Other members of the response are unchanged. */
export interface TokenSet {
  access_token: string;
  token_type: string;
  expires_at?: number;
  refresh_token?: string;
  /** Separated by spaces, also if the server uses another separator. */
  scope?: string;
  id_token?: string;
  /** Origin of the server that issued the tokens, which receives refresh and revocation requests. */
  accounts_server?: string;
  /** Zoho: origin for API calls, from the profile or allowed by the caller. */
  api_domain?: string;
  [member: string]: unknown;
}

/** The requests of one client. It stores nothing: tokens and attempts are arguments and results. */
export class OAuthClient {
  constructor(config: ClientConfig);
  /** An authorization request (RFC 6749 4.1.1) with PKCE S256 (RFC 7636) and a new state. For Zoho also with
   *  access_type=offline. */
  authorizationRequest(options: {
    scope: string | string[];
    /** Extra parameters (prompt, login_hint, access_type ...). Those that grantkit sets are rejected. */
    parameters?: Record<string, string>;
    return_to?: string;
    /** Lifetime of the Pending in seconds. Default 600. */
    maxAge?: number;
  }): Promise<{ url: string; pending: Pending }>;
  /** Validates state, iss, error, duplicate parameters and data centre. Sends nothing. */
  validateAuthorizationResponse(
    callback: string | URL | Request,
    pending: Pending,
  ): Promise<{ code: string; accounts_server?: string }>;
  /** Validates the callback in the same way, and exchanges its code. */
  authorizationCodeGrant(callback: string | URL | Request, pending: Pending, options?: CallOptions): Promise<TokenSet>;
  /** Exchanges a code that was issued without a redirect: the grant token that Zoho's console makes for a Self Client. */
  exchangeCode(code: string, options?: CallOptions & { location?: string }): Promise<TokenSet>;
  /** RFC 6749 6, at the server that issued the tokens. Where the response omits the refresh token, the scope or the API
   *  domain, the result has those of `tokens`. `scope` requests less than was granted. */
  refreshTokenGrant(tokens: TokenSet, options?: CallOptions & { scope?: string | string[] }): Promise<TokenSet>;
  /** RFC 7009. Revokes the refresh token, or the access token if there is none, unless `token` names one. */
  revoke(tokens: TokenSet, options?: CallOptions & { token?: "refresh_token" | "access_token" }): Promise<void>;
}

/** Options of every call. */
export interface CallOptions {
  /** Ends the wait, with the code `aborted`. */
  signal?: AbortSignal;
}

/** Fresh tokens of one grant: one refresh at a time, whose tokens are saved before they are used. */
export class TokenManager {
  constructor(
    client: OAuthClient,
    store: TokenStore,
    options?: {
      /** Which grant of the store this is. Default "default". */
      key?: string;
      /** Refresh when fewer seconds than this are left, plus up to a tenth at random. Default 300. */
      leeway?: number;
      /** How long a call of the store may take, in milliseconds. Default 10 000. Then it rejects with the code `store`. */
      storeTimeoutMs?: number;
    },
  );
  /** Stores the tokens of a grant, in place of those of an earlier one. */
  save(tokens: TokenSet): Promise<void>;
  /** The stored tokens, fresh or not; undefined if there is no grant. Sends nothing. */
  tokens(): Promise<TokenSet | undefined>;
  /** An access token that is valid for some minutes, or for `minValidity` seconds. `rejected` is an access token that the API
   *  rejected although it has not expired: if it is still the stored one, one refresh replaces it for all callers. */
  accessToken(options?: CallOptions & { minValidity?: number; rejected?: string }): Promise<string>;
  /** fetch with the Authorization header. A path is resolved against api_domain; an absolute URL must be on an allowed
   *  origin. Refreshes and retries once if the response has the error invalid_token, and for no other reason. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Revokes the grant at the server, then deletes its record, after a refresh that is under way. Deletes nothing unless the
   *  server confirmed the revocation or does not know the token. */
  revoke(options?: CallOptions): Promise<void>;
}

/** One record for each grant. `save` is a compare-and-set on `version`: it stores the record and returns true, or returns
 *  false if the stored version is another. `lock`, if the store has one, runs one caller at a time across
 *  processes. */
export interface TokenStore {
  /** The record as it was saved; undefined if there is none. */
  load(key: string): Promise<GrantRecord | undefined>;
  /** Stores the record if the stored one has `expectedVersion`, or if there is none and `expectedVersion` is undefined. */
  save(key: string, record: GrantRecord, expectedVersion: number | undefined): Promise<boolean>;
  /** Deletes the record, or does nothing if there is none. */
  delete(key: string): Promise<void>;
  /** Calls `run` while no other caller holds the lock of the key, and resolves or rejects as it does. */
  lock?<T>(key: string, run: () => Promise<T>): Promise<T>;
}

/** What is stored of one grant. Plain JSON. A member that a version does not know stays in each record that it writes. */
export interface GrantRecord {
  version: number;
  /** The format of the record, today 1; absent in records of before formats, which are read as 1. A version that does not
   *  know a higher one rejects with the code `store`, sends nothing and changes nothing. */
  format?: number;
  /** Of the grant: `save()` draws it for another refresh token, and a refresh keeps it. Absent until the first `save()` of a
   *  version that draws it. */
  grant_id?: string;
  tokens: TokenSet;
  /** Times of the latest token requests: the server's rate budget is per grant, not per process. */
  requests: number[];
  /** Set while the response to a refresh is outstanding, which may have replaced the refresh token. */
  refreshing_since?: number;
  /** When the request of the mark ended without tokens. Until then its process waits for them or has them to save. */
  request_ended_at?: number;
  /** No request before this time: the server throttled. */
  hold_until?: number;
  /** When the server rejected the refresh token: no further request is sent until new tokens are saved. */
  rejected_at?: number;
  /** When a refresh returned these tokens: those with a lifetime under twice the leeway are used for half of it. */
  issued_at?: number;
}

/** Records in the memory of the process. */
export function memoryStore(): TokenStore;
/** Encrypts the records of any store: JWE compact, dir + A256GCM, the key id in the header, bound to the record's key. */
export function sealedStore(store: TokenStore, sealer: Sealer): TokenStore;

/** Authenticated encryption for cookies and stores: JWE compact serialization (RFC 7516), dir + A256GCM by WebCrypto.
 *  The first key seals and all keys unseal: to rotate keys, put a new one first. A key is 32 bytes in base64url. */
export function sealer(keys: string | string[], options?: { clock?: () => number }): Sealer;
/** Seals values as text that only a holder of a key can read or make. */
export interface Sealer {
  /** Seals a value that JSON can represent. `purpose` binds it to its use; after `maxAge` seconds it cannot be unsealed. */
  seal(value: unknown, options: { purpose: string; maxAge?: number }): Promise<string>;
  /** Rejects with the code `store` if the text was not sealed with these keys for this purpose, or has expired. */
  unseal<T = unknown>(sealed: string, options: { purpose: string }): Promise<T>;
}

/** The kind of an error. The README has a table with the next step for each. The list is open: a minor version may add a code, so a
 *  `switch` over it needs a `default`, which can use `retryable`. */
export type OAuthErrorCode =
  | "invalid_configuration" // the caller's mistake, found before any request
  | "client_rejected" // the server does not accept this client, secret or redirect URI
  | "authorization_response" // the redirect carried `error`; access_denied is one
  | "callback_mismatch" // state, iss, duplicate parameter, unknown data centre, absent or expired Pending
  | "code_rejected" // the code is wrong, used, expired or of another data centre: start again
  | "reauthorization_required" // no refresh token, or the server no longer takes it: ask the user again
  | "refresh_token_missing" // asked for offline access, got none (Zoho: add prompt=consent); see `tokens`
  | "throttled" // too many requests; retryAfter says when
  | "insufficient_scope" // the API wants a scope that this grant lacks
  | "unexpected_response" // 5xx, a redirect, an HTML page
  | "malformed_response" // not JSON, a member missing or of the wrong type, too large; nothing is lost: see `tokens`
  | "network"
  | "timeout"
  | "aborted"
  | "store" // the store failed; nothing the server issued is lost: see `tokens`
  | "module_unavailable"; // the WebAssembly module cannot be loaded here: the message says what to change

/** The members of every error of grantkit. */
export interface OAuthErrorMembers extends Error {
  readonly code: OAuthErrorCode;
  /** The next step: the end of the message, which has the form "what happened: what to do next". Not enumerable. */
  readonly next: string;
  /** True if the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** Seconds to wait before that. */
  readonly retryAfter?: number;
  /** The server's error response (RFC 6749 5.2), secrets redacted, and its HTTP status. */
  readonly error?: string;
  readonly error_description?: string;
  readonly error_uri?: string;
  readonly status?: number;
  /** The tokens that the server issued despite the error, which nothing else has. `access_token` is empty if the
   *  response has none that can be used. Not enumerable. */
  readonly tokens?: TokenSet;
  /** Of a callback of grantkit/web: headers for the response, which clear the attempt's cookie. Not enumerable. */
  readonly headers?: Headers;
  readonly cause?: unknown;
}

/** What is certain of the errors of some codes. */
export interface OAuthErrorsByCode {
  throttled: { readonly retryable: true; readonly retryAfter: number };
  refresh_token_missing: { readonly tokens: TokenSet };
  network: { readonly retryable: true };
  timeout: { readonly retryable: true };
}

/** The one error of grantkit. Its message names the next step and shows no secret. Narrows by `code`: where that is
 *  `throttled`, `retryAfter` is a number. */
export type OAuthError<Code extends OAuthErrorCode = OAuthErrorCode> = Code extends OAuthErrorCode
  ? OAuthErrorMembers & { readonly code: Code } & (Code extends keyof OAuthErrorsByCode
        ? OAuthErrorsByCode[Code]
        : unknown)
  : never;

/** The class of these errors, for `instanceof`, which also knows the errors of another copy of grantkit in the process, such
 *  as that of `require` beside that of `import`. Only grantkit makes them. */
export const OAuthError: (abstract new (
  ...made: never
) => OAuthErrorMembers) & {
  readonly prototype: OAuthError;
  /** As {@link isOAuthError}. */
  [Symbol.hasInstance](value: unknown): value is OAuthError;
};

/** Whether a value is an error of grantkit, of whichever copy. As `instanceof OAuthError`. */
export function isOAuthError(value: unknown): value is OAuthError;
