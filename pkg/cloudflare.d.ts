/** For Cloudflare Workers.
 *
 *  @module grantkit/cloudflare
 */

import { DurableObject } from "cloudflare:workers";
import type { OAuthClient, OAuthError, OAuthErrorCode, TokenSet, TokenStore } from "grantkit";

/** Storage of a Durable Object as a TokenStore. */
export function durableObjectStore(storage: unknown): TokenStore;

/** A Durable Object that stores one grant. All Workers get their tokens from it, so that one refresh serves them all. An
 *  alarm refreshes ten minutes ahead of expiry, or after half of the lifetime of shorter-lived tokens. Tokens are saved
 *  before they are returned.
 *
 *  After a failure no request is sent for a time that grows from 5 seconds to 5 minutes; after throttling, for as long as
 *  the server demands. Meanwhile calls return a token that is still valid, or reject at once with the failure and its
 *  `retryAfter`. This state is in storage.
 *
 *  Errors reach another Worker without their class, and without their members unless both Workers have the compatibility
 *  flag `enhanced_error_serialization` (the default from 2026-04-21): `vaultError` restores them. It restores no `tokens`,
 *  since logs show what crosses with an error.
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
  /** The client of this grant. Called once for each instance of the object. Not available to callers in other Workers. */
  protected abstract client(env: Env): OAuthClient;
  /** Stores the tokens of a grant, in place of those of an earlier one, and sets the alarm. */
  save(tokens: TokenSet): Promise<void>;
  /** An access token that is valid for some minutes, or for `minValidity` seconds. `rejected` is one that the API rejected
   *  although it has not expired, because the server replaced it or the user revoked it: if it is still the stored one, one
   *  refresh replaces it for all callers. */
  accessToken(options?: { minValidity?: number; rejected?: string }): Promise<VaultToken>;
  /** The state of the grant, without its tokens. Sends nothing. */
  status(): Promise<VaultStatus>;
  /** Revokes the grant at the server, then deletes its record and the alarm. Deletes nothing unless the server confirmed the
   *  revocation or does not know the token. */
  disconnect(): Promise<void>;
  /** Refreshes, and sets the next alarm. Does not reject if a refresh fails, since the runtime would retry at its own
   *  intervals and stop after a few times. Sets no alarm if the server rejects the refresh token. An error that is not an
   *  OAuthError, such as of a bug in `client`, is thrown to the runtime. */
  override alarm(): Promise<void>;
}

/** An access token, and the members that are needed to use it. The refresh token stays in the vault. */
export interface VaultToken {
  access_token: string;
  expires_at?: number;
  scope?: string;
  accounts_server?: string;
  api_domain?: string;
}

/** The state of a grant, without its tokens. */
export interface VaultStatus {
  /** Whether there is a grant, and the server has not rejected it. */
  connected: boolean;
  expires_at?: number;
  scope?: string;
  accounts_server?: string;
  api_domain?: string;
  /** How many token requests the server accepts now, if it has a limit. */
  requests_left?: number;
  /** The error code of the latest refresh, if it failed: "reauthorization_required" if a new grant is needed. */
  failure?: OAuthErrorCode;
  /** No token request is sent before this time. */
  retry_at?: number;
}

/** The OAuthError that a vault rejected with, with all its members. Undefined for an error that is not of a vault, such as
 *  the runtime's own when it cannot reach the object. */
export function vaultError(thrown: unknown): OAuthError | undefined;

/** The source of tokens: the stub of a TokenVault, or the vault itself. */
export interface VaultTokens {
  /** As `TokenVault.accessToken`. */
  accessToken(options?: { rejected?: string }): PromiseLike<VaultToken>;
}

/** `TokenManager.fetch` with the tokens of a vault: a path is resolved against the grant's `api_domain`, an absolute URL must
 *  be on an allowed origin, and only such origins receive the Authorization header. Refreshes and retries once where the
 *  response has the error invalid_token, and for no other reason.
 *
 *  `client` is configured as the vault's client: its server determines the allowed origins, its `fetch` sends the call, and
 *  its `trace` reports it. Refreshes are reported to the `trace` of the vault's client.
 *
 *  Rejects with the vault's OAuthError, with `invalid_configuration` for an origin that is not allowed, with
 *  `insufficient_scope`, `network`, `aborted`, and with `store` if the vault did not respond; `retryable` is then that of
 *  the runtime's error.
 *
 *  If the vault has new tokens that it could not save, `error.tokens` has the access token. The refresh token stays in the
 *  vault, which saves it by its alarm. */
export function vaultFetch(
  client: OAuthClient,
  vault: VaultTokens,
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response>;
