import type { TokenStore, ZohoLocation } from "grantkit";
export interface FakeClient {
    client_id: string;
    client_secret: string | Partial<Record<ZohoLocation, string>>;
    redirect_uris?: string[];
    location?: ZohoLocation;
}
export type FakeFailure = "http_500_html" | "http_503" | "html_200" | "redirect" | "throttle" | "throttle_localised" | "invalid_client" | "invalid_client_secret" | "invalid_code" | "general_error" | "invalid_token" | "authentication_failure" | "oauth_scope_mismatch" | "no_permission" | "too_many_requests" | "empty" | "truncated" | "not_json" | "oversized" | "expires_in_ms" | "expires_in_string" | "no_token_type" | "no_refresh_token" | "no_api_domain" | "no_scope" | "token_with_newline" | "error_and_token" | "reset" | "slow" | "stall" | "endless";
export interface FakeZoho {
    fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
    listen(port?: number): Promise<{
        accounts: Record<ZohoLocation, string>;
        api: Record<ZohoLocation, string>;
        close(): Promise<void>;
    }>;
    selfClientCode(options: {
        client_id: string;
        scope: string;
        location?: ZohoLocation;
        seconds?: number;
    }): string;
    consent(authorizationUrl: string | URL, options?: {
        email?: string;
        deny?: boolean;
    }): string;
    advance(seconds: number): void;
    revokeAll(): void;
    fail(endpoint: "token" | "revoke" | "api", how: FakeFailure | (string & {}), times?: number): void;
    readonly log: ReadonlyArray<{
        method: string;
        host: string;
        path: string;
        grant_type?: string;
        status: number;
        error?: string;
        fault?: string;
    }>;
}
export interface FakeZohoOptions {
    clients?: FakeClient[];
    users?: {
        email: string;
        location: ZohoLocation;
    }[];
    seed?: number;
    now?: number;
    callback?: {
        plain?: boolean;
        trailing_ampersand?: boolean;
        no_location?: boolean;
        no_accounts_server?: boolean;
    };
}
export function checkTokenStore(makeStore: () => TokenStore | Promise<TokenStore>): Promise<void>;
export function fakeZoho(options?: FakeZohoOptions): Promise<FakeZoho>;
