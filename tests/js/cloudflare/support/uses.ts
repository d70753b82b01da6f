// Typed uses of grantkit/cloudflare, and misuses that must not compile. Never run: tsc reads it.

import type { DurableObjectNamespace, DurableObjectState } from "@cloudflare/workers-types/index.ts";
import { OAuthClient, type OAuthError, TokenManager, type TokenSet, zoho } from "grantkit";
import {
  durableObjectStore,
  TokenVault,
  type VaultStatus,
  type VaultToken,
  type VaultTokens,
  vaultError,
  vaultFetch,
} from "grantkit/cloudflare";
import * as errors from "../../../../pkg/vault-error.js";
import * as calls from "../../../../pkg/vault-fetch.js";

interface Env {
  CLIENT_ID: string;
  VAULT: DurableObjectNamespace<Vault>;
}

export class Vault extends TokenVault<Env> {
  protected override client(env: Env): OAuthClient {
    return new OAuthClient({ server: zoho(), client_id: env.CLIENT_ID });
  }

  /** A subclass can have its own methods, and use the storage. */
  async ownMethod(): Promise<string> {
    await this.ctx.storage.put("mine", 1);
    return (await this.accessToken()).access_token;
  }
}

// @ts-expect-error a subclass must implement client()
export class NoClient extends TokenVault {}

export async function use(env: Env, tokens: TokenSet): Promise<string> {
  const vault = env.VAULT.getByName("ada");
  await vault.save(tokens);
  const status: VaultStatus = await vault.status();
  const { access_token, expires_at, api_domain } = await vault.accessToken({ minValidity: 600 });
  const token: VaultToken = await vault.accessToken({ rejected: access_token });
  const grantMembers: (string | undefined)[] = [token.scope, token.accounts_server, status.accounts_server];
  const times: (number | undefined)[] = [expires_at, status.expires_at, status.requests_left, status.retry_at];
  // @ts-expect-error a status has no tokens
  status.access_token;
  // @ts-expect-error client() is protected
  vault.client(env);
  // @ts-expect-error a number of seconds
  await vault.accessToken({ minValidity: "600" });
  await vault.disconnect();
  return [access_token, api_domain, await vault.ownMethod(), ...times, ...grantMembers].join();
}

export async function call(client: OAuthClient, env: Env, own: Vault): Promise<Response[]> {
  const { signal } = new AbortController();
  const sources: VaultTokens[] = [own];
  // @ts-expect-error the stub of one vault, not the namespace
  await vaultFetch(client, env.VAULT, "/crm/v8/org");
  // @ts-expect-error a call has a URL
  await vaultFetch(client, own);
  return [
    await vaultFetch(client, env.VAULT.getByName("ada"), "/crm/v8/org"),
    await vaultFetch(client, env.VAULT.getByName("ada"), new URL("https://www.zohoapis.com/crm/v8/org"), { signal }),
    ...(await Promise.all(sources.map((source) => vaultFetch(client, source, "/crm/v8/org", { method: "POST" })))),
  ];
}

export function retryAfter(thrown: unknown): number | undefined {
  const error: OAuthError | undefined = vaultError(thrown);
  // @ts-expect-error the error can be undefined
  error.code;
  return error?.code === "throttled" ? error.retryAfter : undefined;
}

export const manager = (client: OAuthClient, ctx: DurableObjectState) =>
  new TokenManager(client, durableObjectStore(ctx.storage));

/** The declarations and the code are separate files, so their types must agree. */
export const written: { vaultError: typeof vaultError; vaultFetch: typeof vaultFetch } = {
  vaultError: errors.vaultError,
  vaultFetch: calls.vaultFetch,
};
