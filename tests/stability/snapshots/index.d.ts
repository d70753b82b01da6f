export interface AuthorizationServer {
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
    token_endpoint_auth_methods_supported?: string[];
    revocation_endpoint_auth_methods_supported?: string[];
    code_challenge_methods_supported?: string[];
    response_types_supported?: string[];
    require_pushed_authorization_requests?: boolean;
    require_signed_request_object?: boolean;
    scopes_supported?: string[];
    response_modes_supported?: string[];
    grant_types_supported?: string[];
    introspection_endpoint_auth_methods_supported?: string[];
    profile?: "rfc" | "rfc-raw-basic" | "zoho" | "github" | "glewlwyd" | (string & {}) | object;
    location?: ZohoLocation | (string & {});
    accounts_server?: string | Partial<Record<string, string>>;
    api_domain?: string | Partial<Record<string, string>>;
}
export interface CallOptions {
    signal?: AbortSignal;
}
export interface ClientConfig {
    server: AuthorizationServer;
    client_id: string;
    client_secret?: string | Partial<Record<string, string>>;
    token_endpoint_auth_method?: "client_secret_post" | "client_secret_basic" | "none";
    redirect_uri?: string;
    fetch?: (url: string, init: RequestInit) => Promise<Response>;
    timeoutMs?: number;
    clock?: () => number;
    trace?: (event: TraceEvent) => void;
}
export interface GrantRecord {
    version: number;
    format?: number;
    grant_id?: string;
    tokens: TokenSet;
    requests: number[];
    refreshing_since?: number;
    request_ended_at?: number;
    hold_until?: number;
    rejected_at?: number;
    issued_at?: number;
}
export class OAuthClient {
    constructor(config: ClientConfig);
    authorizationRequest(options: {
        scope: string | string[];
        parameters?: Record<string, string>;
        return_to?: string;
        maxAge?: number;
    }): Promise<{
        url: string;
        pending: Pending;
    }>;
    validateAuthorizationResponse(callback: string | URL | Request, pending: Pending): Promise<{
        code: string;
        accounts_server?: string;
    }>;
    authorizationCodeGrant(callback: string | URL | Request, pending: Pending, options?: CallOptions): Promise<TokenSet>;
    exchangeCode(code: string, options?: CallOptions & {
        location?: string;
    }): Promise<TokenSet>;
    refreshTokenGrant(tokens: TokenSet, options?: CallOptions & {
        scope?: string | string[];
    }): Promise<TokenSet>;
    revoke(tokens: TokenSet, options?: CallOptions & {
        token?: "refresh_token" | "access_token";
    }): Promise<void>;
}
export type OAuthError<Code extends OAuthErrorCode = OAuthErrorCode> = Code extends OAuthErrorCode ? OAuthErrorMembers & {
    readonly code: Code;
} & (Code extends keyof OAuthErrorsByCode ? OAuthErrorsByCode[Code] : unknown) : never;
export const OAuthError: (abstract new (...made: never) => OAuthErrorMembers) & {
    readonly prototype: OAuthError;
    [Symbol.hasInstance](value: unknown): value is OAuthError;
};
export type OAuthErrorCode = "invalid_configuration" | "client_rejected" | "authorization_response" | "callback_mismatch" | "code_rejected" | "reauthorization_required" | "refresh_token_missing" | "throttled" | "insufficient_scope" | "unexpected_response" | "malformed_response" | "network" | "timeout" | "aborted" | "store" | "module_unavailable";
export interface OAuthErrorMembers extends Error {
    readonly code: OAuthErrorCode;
    readonly next: string;
    readonly retryable: boolean;
    readonly retryAfter?: number;
    readonly error?: string;
    readonly error_description?: string;
    readonly error_uri?: string;
    readonly status?: number;
    readonly tokens?: TokenSet;
    readonly headers?: Headers;
    readonly cause?: unknown;
}
export interface OAuthErrorsByCode {
    throttled: {
        readonly retryable: true;
        readonly retryAfter: number;
    };
    refresh_token_missing: {
        readonly tokens: TokenSet;
    };
    network: {
        readonly retryable: true;
    };
    timeout: {
        readonly retryable: true;
    };
}
export interface Pending {
    state: string;
    code_verifier: string;
    issuer: string;
    redirect_uri: string;
    created_at: number;
    expires_at: number;
    offline?: boolean;
    return_to?: string;
}
export interface Sealer {
    seal(value: unknown, options: {
        purpose: string;
        maxAge?: number;
    }): Promise<string>;
    unseal<T = unknown>(sealed: string, options: {
        purpose: string;
    }): Promise<T>;
}
export class TokenManager {
    constructor(client: OAuthClient, store: TokenStore, options?: {
        key?: string;
        leeway?: number;
        storeTimeoutMs?: number;
    });
    save(tokens: TokenSet): Promise<void>;
    tokens(): Promise<TokenSet | undefined>;
    accessToken(options?: CallOptions & {
        minValidity?: number;
        rejected?: string;
    }): Promise<string>;
    fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
    revoke(options?: CallOptions): Promise<void>;
}
export interface TokenSet {
    access_token: string;
    token_type: string;
    expires_at?: number;
    refresh_token?: string;
    scope?: string;
    id_token?: string;
    accounts_server?: string;
    api_domain?: string;
    [member: string]: unknown;
}
export interface TokenStore {
    load(key: string): Promise<GrantRecord | undefined>;
    save(key: string, record: GrantRecord, expectedVersion: number | undefined): Promise<boolean>;
    delete(key: string): Promise<void>;
    lock?<T>(key: string, run: () => Promise<T>): Promise<T>;
}
export interface TraceEvent {
    id: number;
    cause?: number;
    step: "authorize" | "callback" | "token" | "revoke" | "api" | "store";
    phase?: string;
    effect?: string;
    grant_type?: string;
    url: string;
    status?: number;
    durationMs?: number;
    code?: OAuthErrorCode;
}
export type ZohoLocation = "us" | "eu" | "in" | "au" | "jp" | "cn" | "ca" | "sa" | "uk" | "ae";
export function isOAuthError(value: unknown): value is OAuthError;
export function memoryStore(): TokenStore;
export function sealedStore(store: TokenStore, sealer: Sealer): TokenStore;
export function sealer(keys: string | string[], options?: {
    clock?: () => number;
}): Sealer;
export function zoho(options?: {
    location?: ZohoLocation;
    accountsServer?: string | Partial<Record<ZohoLocation, string>>;
    apiDomain?: string | Partial<Record<ZohoLocation, string>>;
}): AuthorizationServer;
export const zohoRegions: readonly {
    readonly location: ZohoLocation;
    readonly name: string;
    readonly accounts_server: string;
    readonly api_domains: readonly string[];
    readonly undocumented?: true;
}[];
