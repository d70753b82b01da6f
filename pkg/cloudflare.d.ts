/** For Cloudflare Workers.
 *
 *  @module grantkit/cloudflare
 */

import { DurableObject } from "cloudflare:workers";
import type { OAuthClient, OAuthError, OAuthErrorCode, TokenSet, TokenStore } from "grantkit";

/** Storage of a Durable Object as a TokenStore. */
export function durableObjectStore(storage: unknown): TokenStore;

/** A Durable Object that keeps one grant: every Worker asks it, so the whole fleet refreshes once. An alarm refreshes ten
 *  minutes ahead of expiry, or halfway where tokens live shorter. Tokens are saved before they are handed out.
 *
 *  After a failure the server is left alone for a time that grows from 5 seconds to 5 minutes, after a throttle for as
 *  long as it asked for; meanwhile a token that is still good is handed out, and otherwise the call rejects at once with
 *  the failure and its `retryAfter`. All this is kept in storage.
 *
 *  Errors reach another Worker without their class, and without their members unless both Workers have the compatibility
 *  flag `enhanced_error_serialization` (the default from 2026-04-21): `vaultError` restores them.
 *
 *  @example
 *  import { OAuthClient, zoho } from "grantkit";
 *  import { TokenVault, vaultFetch } from "grantkit/cloudflare";
 *
 *  const zohoClient = ({ CLIENT_ID: client_id, CLIENT_SECRET: client_secret }) =>
 *    new OAuthClient({ server: zoho(), client_id, client_secret });
 *
 *  export class Vault extends TokenVault {
 *    client(env) {
 *      return zohoClient(env);
 *    }
 *  }
 *
 *  export default {
 *    async fetch(request, env) {
 *      try {
 *        return await vaultFetch(zohoClient(env), env.VAULT.getByName("ada"), "/crm/v8/org");
 *      } catch (error) {
 *        return new Response(error.code, { status: 503 });
 *      }
 *    },
 *  };
 */
export abstract class TokenVault<Env = unknown> extends DurableObject<Env> {
  /** The client of this grant. Asked once for each life of the object. Callers in other Workers cannot have it. */
  protected abstract client(env: Env): OAuthClient;
  /** Keeps the tokens of a grant, in place of those of an earlier one, and sets the alarm. */
  save(tokens: TokenSet): Promise<void>;
  /** A token that is good for some minutes, or for `minValidity` seconds. `rejected` is one that the API refused although it
   *  has not expired, because the server pushed it out or the user took it back: if it is still the stored one, it is
   *  replaced, once for all callers. */
  accessToken(options?: { minValidity?: number; rejected?: string }): Promise<VaultToken>;
  /** What is known of the grant, without its tokens. Sends nothing. */
  status(): Promise<VaultStatus>;
  /** Revokes at the server, then forgets, and ends the alarm. Forgets only what the server confirmed or did not know. */
  disconnect(): Promise<void>;
  /** Refreshes, and sets the next alarm. A refresh that fails does not reject: the runtime would retry at its own pace,
   *  and give up after some times. Where the server no longer takes the refresh token no alarm is set. What is no
   *  OAuthError, such as a bug in `client`, is passed on to the runtime. */
  override alarm(): Promise<void>;
}

/** An access token and what is needed to use it. The refresh token stays in the vault. */
export interface VaultToken {
  access_token: string;
  expires_at?: number;
  scope?: string;
  accounts_server?: string;
  api_domain?: string;
}

/** What is known of a grant, without its tokens. */
export interface VaultStatus {
  /** Whether there is a grant that the server is not known to refuse. */
  connected: boolean;
  expires_at?: number;
  scope?: string;
  accounts_server?: string;
  api_domain?: string;
  /** How many token requests the server would take now, where it has a limit. */
  requests_left?: number;
  /** Why the latest refresh failed: "reauthorization_required" when only a new grant can help. */
  failure?: OAuthErrorCode;
  /** Before this time the server is not asked. */
  retry_at?: number;
}

/** The OAuthError that a vault rejected with, its `code` and `retryAfter` restored. Undefined for what is no error of a
 *  vault, such as the runtime's own when it cannot reach the object. */
export function vaultError(thrown: unknown): OAuthError | undefined;

/** Where tokens come from: the stub of a TokenVault, or the vault itself. */
export interface VaultTokens {
  /** As `TokenVault.accessToken`. */
  accessToken(options?: { rejected?: string }): PromiseLike<VaultToken>;
}

/** `TokenManager.fetch` with the tokens of a vault: a path is resolved against the grant's `api_domain`, an absolute URL must
 *  be on an allowed origin, the Authorization header is added, and no other origin gets it. One refresh and one retry when
 *  the answer says that the token is invalid, and for no other reason.
 *
 *  `client` is configured as the vault's own: its server says which origins are allowed, its `fetch` sends the call, and its
 *  `trace` is told of it. The vault's client is told of refreshes.
 *
 *  Rejects with the vault's OAuthError, with `invalid_configuration` where the token may not go, with `insufficient_scope`,
 *  `network`, `aborted`, and with `store` when the vault did not answer; `retryable` is then what the runtime says. */
export function vaultFetch(
  client: OAuthClient,
  vault: VaultTokens,
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response>;
