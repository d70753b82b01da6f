import { DurableObject } from "cloudflare:workers";
import type { OAuthClient, OAuthError, OAuthErrorCode, TokenSet, TokenStore } from "grantkit";

/** Storage of a Durable Object as a TokenStore. */
export function durableObjectStore(storage: unknown): TokenStore;

/** A Durable Object that keeps one grant: every Worker asks it, so the whole fleet refreshes once. An alarm refreshes ten
 *  minutes ahead of expiry, or halfway where tokens live shorter. Tokens are saved before they are handed out.
 *
 *  After a failure the server is left alone for a time that grows from 5 seconds to 5 minutes, or for as long as it asked
 *  for; meanwhile a token that is still good is handed out, and otherwise the call rejects at once with the failure and its
 *  `retryAfter`. All this is kept in storage.
 *
 *  Errors reach another Worker without their class, and without their members unless both Workers have the compatibility
 *  flag `enhanced_error_serialization` (the default from 2026-04-21): `vaultError` restores them.
 *
 *  @example
 *  import { OAuthClient, zoho } from "grantkit";
 *  import { TokenVault, vaultError } from "grantkit/cloudflare";
 *
 *  export class Vault extends TokenVault {
 *    client(env) {
 *      return new OAuthClient({ server: zoho(), client_id: env.CLIENT_ID, client_secret: env.CLIENT_SECRET });
 *    }
 *  }
 *
 *  export default {
 *    async fetch(request, env) {
 *      try {
 *        const { access_token, api_domain } = await env.VAULT.getByName("ada").accessToken();
 *        return fetch(`${api_domain}/crm/v8/org`, { headers: { authorization: `Zoho-oauthtoken ${access_token}` } });
 *      } catch (thrown) {
 *        return new Response(vaultError(thrown)?.code, { status: 503 });
 *      }
 *    },
 *  };
 */
export abstract class TokenVault<Env = unknown> extends DurableObject<Env> {
  /** The client of this grant. Asked once for each life of the object. Callers in other Workers cannot have it. */
  protected abstract client(env: Env): OAuthClient;
  /** Keeps the tokens of a grant, in place of those of an earlier one, and sets the alarm. */
  save(tokens: TokenSet): Promise<void>;
  /** A token that is good for some minutes, or for `minValidity` seconds. */
  accessToken(options?: {
    minValidity?: number;
  }): Promise<{ access_token: string; expires_at?: number; api_domain?: string }>;
  /** What is known of the grant, without its tokens. Sends nothing. */
  status(): Promise<VaultStatus>;
  /** Revokes at the server, then forgets, and ends the alarm. Forgets only what the server confirmed or did not know. */
  disconnect(): Promise<void>;
  /** Refreshes, and sets the next alarm. A refresh that fails does not reject: the runtime would retry at its own pace,
   *  and give up after some times. Where the server no longer takes the refresh token no alarm is set. What is no
   *  OAuthError, such as a bug in `client`, is passed on to the runtime. */
  override alarm(): Promise<void>;
}

export interface VaultStatus {
  /** Whether there is a grant that the server is not known to refuse. */
  connected: boolean;
  expires_at?: number;
  scope?: string;
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
