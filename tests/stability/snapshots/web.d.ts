import type { OAuthClient, Sealer, TokenSet } from "grantkit";
export interface Callback {
    tokens: TokenSet;
    return_to: string;
    headers: Headers;
}
export interface LoginOptions {
    return_to?: string | null | undefined;
    scope?: string | string[] | undefined;
    parameters?: Record<string, string> | undefined;
}
export interface WebFlow {
    login(request: Request, options?: LoginOptions): Promise<Response>;
    callback(request: Request): Promise<Callback>;
}
export interface WebFlowOptions {
    sealer: Sealer;
    scope: string | string[];
    parameters?: Record<string, string>;
}
export function webFlow(client: OAuthClient, options: WebFlowOptions): WebFlow;
