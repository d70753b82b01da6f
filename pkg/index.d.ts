/** The public API. Names registered with IANA stay as registered (client_id, access_token); what grantkit adds is camelCase.
 *  Times are seconds since the Unix epoch (integers) unless the name ends in Ms. Every method rejects with OAuthError.
 *
 *  @module grantkit
 */

/** Authorization server metadata (RFC 8414). Plain JSON, so it can be stored, logged or put in an environment variable. */
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
  authorization_response_iss_parameter_supported?: boolean;
  code_challenge_methods_supported?: string[];
  /** Where this server departs from the RFCs: the name of a profile ("rfc", "rfc-raw-basic", "zoho", "github"), or a row of
   *  your own. Default "rfc": no departure. */
  profile?: string | object;
  [member: string]: unknown;
}

/** Zoho's data centres, by the `location` value its callback carries. */
export type ZohoLocation = "us" | "eu" | "in" | "au" | "jp" | "cn" | "ca" | "sa" | "uk" | "ae";

/** Zoho's data centres and their origins. `api_domains` begins with that of production; `documented` is false where Zoho
 *  documents only one of the hosts. */
export const zohoRegions: readonly {
  readonly location: ZohoLocation;
  readonly accounts_server: string;
  readonly api_domains: readonly string[];
  readonly documented: boolean;
}[];

/** Zoho, at the data centre where the client is registered (default "us"): a descriptor whose hosts and endpoints the
 *  profile supplies. `accountsServer` and `apiDomain` allow another origin on purpose: a local fake, a new data centre.
 *  Only https, or http on loopback. */
export function zoho(options?: {
  location?: ZohoLocation;
  /** One origin, for the home data centre, or one for each data centre. */
  accountsServer?: string | Partial<Record<ZohoLocation, string>>;
  /** Likewise for API calls. */
  apiDomain?: string | Partial<Record<ZohoLocation, string>>;
}): AuthorizationServer;

/** What a client is: its registration, its server, and how it reaches that. */
export interface ClientConfig {
  server: AuthorizationServer;
  client_id: string;
  /** One secret, or one for each region (Zoho issues a secret for each data centre unless it is told otherwise). */
  client_secret?: string | Partial<Record<string, string>>;
  /** RFC 7591 name. Default: the profile's choice with a secret ("client_secret_post" for Zoho), "none" without. */
  token_endpoint_auth_method?: "client_secret_post" | "client_secret_basic" | "none";
  /** Never derived from a request. Absent for a Self Client. */
  redirect_uri?: string;
  /** Replaces the runtime's fetch: a service binding, a proxy, a test. Called unbound, with a URL string and an init. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Deadline for one token request, body included. Default 10 000. */
  timeoutMs?: number;
  /** Milliseconds since the epoch, as Date.now. */
  clock?: () => number;
  /** Called with each exchange and each effect on the store. Carries no secret: no token, code, verifier, client secret or
   *  body. */
  trace?: (event: TraceEvent) => void;
}

/** One exchange with a server, or one effect of a flow on the store. */
export interface TraceEvent {
  /** The same for all events of one flow or API call; counts up within a process. */
  id: number;
  /** The id of the API call that started this flow. */
  cause?: number;
  step: "authorize" | "callback" | "token" | "revoke" | "api" | "store";
  /** Where the flow was, and what it did then, by the names of DESIGN.md: "marking", "save". */
  phase?: string;
  effect?: string;
  grant_type?: string;
  /** Without its query; empty for the store. */
  url: string;
  status?: number;
  durationMs?: number;
  /** Of the error that it ended with. */
  code?: OAuthErrorCode;
}

/** What must be kept between sending the user away and the callback. Single use; seal it before it leaves the server. */
export interface Pending {
  state: string;
  code_verifier: string;
  issuer: string;
  redirect_uri: string;
  created_at: number;
  expires_at: number;
  /** Offline access was asked for: a response without refresh token is then the error refresh_token_missing. */
  offline?: boolean;
  /** Where the application wants the user to land afterwards; a path on its own origin. */
  return_to?: string;
}

/** A token response (RFC 6749 section 5.1) with lifetimes made absolute. JSON.stringify gives all of it, for stores;
 *  console.log, util.inspect and String() show no token. Members that the server adds are kept as sent. */
export interface TokenSet {
  access_token: string;
  token_type: string;
  expires_at?: number;
  refresh_token?: string;
  /** Space-separated, whatever the server's separator. */
  scope?: string;
  id_token?: string;
  /** Origin of the server that issued it; refresh and revocation go there. */
  accounts_server?: string;
  /** Zoho: origin for API calls: one of the profile, or one that the caller allowed. */
  api_domain?: string;
  [member: string]: unknown;
}

/** The requests of one client. It keeps nothing: tokens and attempts are arguments and results. */
export class OAuthClient {
  constructor(config: ClientConfig);
  /** RFC 6749 4.1.1 with PKCE S256 (RFC 7636) and a fresh state, always. For Zoho also access_type=offline. */
  authorizationRequest(options: {
    scope: string | string[];
    /** Extra parameters (prompt, login_hint, access_type ...). Those that grantkit sets itself are refused. */
    parameters?: Record<string, string>;
    return_to?: string;
    /** Life of the Pending in seconds. Default 600. */
    maxAge?: number;
  }): Promise<{ url: string; pending: Pending }>;
  /** The check alone: state, iss, error, duplicates, data centre. Sends nothing. */
  validateAuthorizationResponse(
    callback: string | URL | Request,
    pending: Pending,
  ): Promise<{ code: string; accounts_server?: string }>;
  /** Checks the callback as above and exchanges its code. */
  authorizationCodeGrant(callback: string | URL | Request, pending: Pending, options?: CallOptions): Promise<TokenSet>;
  /** Exchanges a code that came without a redirect: the grant token that Zoho's console makes for a Self Client. */
  exchangeCode(code: string, options?: CallOptions & { location?: string }): Promise<TokenSet>;
  /** RFC 6749 6, at the server that issued the tokens. What the response omits is kept: a refresh token that did not
   *  change, the scope, the API domain. `scope` asks for less than was granted. */
  refreshTokenGrant(tokens: TokenSet, options?: CallOptions & { scope?: string | string[] }): Promise<TokenSet>;
  /** RFC 7009; the refresh token when there is one, else the access token, unless `token` says which. */
  revoke(tokens: TokenSet, options?: CallOptions & { token?: "refresh_token" | "access_token" }): Promise<void>;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the wait, with the code `aborted`. */
  signal?: AbortSignal;
}

/** Tokens of one grant that are always fresh: one refresh at a time, saved before it is used. */
export class TokenManager {
  constructor(
    client: OAuthClient,
    store: TokenStore,
    options?: {
      /** Which grant of the store this is. Default "default". */
      key?: string;
      /** Refresh when fewer seconds than this are left, plus up to a tenth at random. Default 300. */
      leeway?: number;
    },
  );
  /** Keeps the tokens of a grant, in place of those of an earlier one. */
  save(tokens: TokenSet): Promise<void>;
  /** What is kept, fresh or not; undefined where there is no grant. Sends nothing. */
  tokens(): Promise<TokenSet | undefined>;
  /** A token that is good for some minutes, or for `minValidity` seconds. `rejected` is a token that the API refused although
   *  it has not expired: if it is still the stored one, it is replaced, once for all callers. */
  accessToken(options?: CallOptions & { minValidity?: number; rejected?: string }): Promise<string>;
  /** fetch with the Authorization header. A path is resolved against api_domain; an absolute URL must be on an allowed
   *  origin. One refresh and one retry when the response says that the token is invalid, and for no other reason. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Revokes at the server, then forgets. Forgets only what the server confirmed or already did not know. */
  revoke(options?: CallOptions): Promise<void>;
}

/** One record for each grant. `save` is a compare-and-set on `version`: it stores and returns true, or finds another
 *  version there and returns false. `lock`, where the store has one, lets a single holder run across processes. */
export interface TokenStore {
  /** The record as it was saved; undefined where there is none. */
  load(key: string): Promise<GrantRecord | undefined>;
  /** Stores the record where the stored one has `expectedVersion`, or where there is none and it is undefined. */
  save(key: string, record: GrantRecord, expectedVersion: number | undefined): Promise<boolean>;
  /** Forgets the record, or does nothing where there is none. */
  delete(key: string): Promise<void>;
  /** Runs `run` while no other caller holds the key, and resolves or rejects as it does. */
  lock?<T>(key: string, run: () => Promise<T>): Promise<T>;
}

/** What is stored of one grant. Plain JSON. */
export interface GrantRecord {
  version: number;
  tokens: TokenSet;
  /** Times of the latest token requests: the server's rate budget is spent per grant, not per process. */
  requests: number[];
  /** Set while the response to a request is outstanding that may have used up the refresh token. */
  refreshing_since?: number;
  /** No request before this time: the server throttled. */
  hold_until?: number;
  /** Since when the server is known to refuse the refresh token: it is not asked again until new tokens are saved. */
  rejected_at?: number;
  /** When a refresh brought these tokens: those that live for less than twice the leeway are used for half of their life. */
  issued_at?: number;
}

/** Records in memory, which end with the process. */
export function memoryStore(): TokenStore;
/** Encrypts records of any store: JWE compact, dir + A256GCM, the key id in the header, the record's key as bound data. */
export function sealedStore(store: TokenStore, sealer: Sealer): TokenStore;

/** Authenticated encryption for cookies and stores: JWE compact serialization (RFC 7516), dir + A256GCM by WebCrypto.
 *  The first key seals; all keys unseal, so keys rotate by putting a new one in front. A key is 32 bytes, base64url. */
export function sealer(keys: string | string[], options?: { clock?: () => number }): Sealer;
/** Seals values as text that only holders of a key can read or make. */
export interface Sealer {
  /** Anything that JSON can say. `purpose` binds it to its use; after `maxAge` seconds it can no longer be unsealed. */
  seal(value: unknown, options: { purpose: string; maxAge?: number }): Promise<string>;
  /** Rejects with the code `store` where the text was not sealed with these keys for this purpose, or is too old. */
  unseal<T = unknown>(sealed: string, options: { purpose: string }): Promise<T>;
}

/** What went wrong. The README has a table of what to do at each. The list is open: a minor version may add a code, so a
 *  `switch` over it needs a `default`, which can go by `retryable`. */
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
  | "malformed_response" // not JSON, a member missing or of the wrong type, too large
  | "network"
  | "timeout"
  | "aborted"
  | "store"; // the store failed; nothing the server issued is lost: see `tokens`

/** The one error of grantkit. Its message names the next step and shows no secret. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;
  /** What to do, as in the message: "what happened: what to do next". Not enumerable. */
  readonly next: string;
  /** True where the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** Seconds to wait before it may. */
  readonly retryAfter?: number;
  /** The server's error response (RFC 6749 5.2), secrets redacted, and its HTTP status. */
  readonly error?: string;
  readonly error_description?: string;
  readonly error_uri?: string;
  readonly status?: number;
  /** With "store" and "refresh_token_missing": the tokens that the server issued all the same. Not enumerable. */
  readonly tokens?: TokenSet;
  /** Of a callback of grantkit/web: what to answer with, so that the attempt's cookie is cleared. Not enumerable. */
  readonly headers?: Headers;
  readonly cause?: unknown;
}
