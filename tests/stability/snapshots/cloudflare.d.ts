import { DurableObject } from "cloudflare:workers";
import type { OAuthClient, OAuthError, OAuthErrorCode, TokenSet, TokenStore } from "grantkit";
export abstract class TokenVault<Env = unknown> extends DurableObject<Env> {
    protected abstract client(env: Env): OAuthClient;
    save(tokens: TokenSet): Promise<void>;
    accessToken(options?: {
        minValidity?: number;
        rejected?: string;
    }): Promise<VaultToken>;
    status(): Promise<VaultStatus>;
    disconnect(): Promise<void>;
    override alarm(): Promise<void>;
}
export interface VaultStatus {
    connected: boolean;
    expires_at?: number;
    scope?: string;
    accounts_server?: string;
    api_domain?: string;
    requests_left?: number;
    failure?: OAuthErrorCode;
    retry_at?: number;
}
export interface VaultToken {
    access_token: string;
    expires_at?: number;
    scope?: string;
    accounts_server?: string;
    api_domain?: string;
}
export interface VaultTokens {
    accessToken(options?: {
        rejected?: string;
    }): PromiseLike<VaultToken>;
}
export function durableObjectStore(storage: unknown): TokenStore;
export function vaultError(thrown: unknown): OAuthError | undefined;
export function vaultFetch(client: OAuthClient, vault: VaultTokens, input: string | URL | Request, init?: RequestInit): Promise<Response>;
