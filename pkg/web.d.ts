/** The redirect flow, for servers that speak fetch.
 *
 *  @module grantkit/web
 */

import type { OAuthClient, Sealer, TokenSet } from "grantkit";

/** The redirect flow as two steps from Request to Response, for any server that speaks fetch: Workers, Hono, Next.js, Deno,
 *  Bun. `login` sends the user away, `callback` is what answers at the client's `redirect_uri`.
 *
 *  Each attempt has a sealed cookie of its own, so that only the browser which began an attempt can end it (RFC 9700 4.7),
 *  and parallel tabs do not disturb each other. The cookie has the prefix `__Host-` (RFC 6265bis 4.1.3.2) and is HttpOnly,
 *  Secure and SameSite=Lax. Where `redirect_uri` is plain http, which only loopback may have, it has neither the prefix nor
 *  Secure: Chromium would keep such a cookie there, Safari would not. Five attempts are kept; a sixth clears the oldest.
 *
 *  Nothing but the query is taken from the callback's URL, so proxies in front may change its scheme and host. Needs a client
 *  with a `redirect_uri`, and keys that all servers of the application share.
 *
 *  Throws an OAuthError with code `invalid_configuration` for options that are wrong.
 *
 *  @example
 *  import { OAuthClient, OAuthError, sealer, zoho } from "grantkit";
 *  import { webFlow } from "grantkit/web";
 *
 *  export function connectZoho(env, keep) {
 *    const { CLIENT_ID: client_id, CLIENT_SECRET: client_secret } = env;
 *    const redirect_uri = "https://app.example/callback";
 *    const client = new OAuthClient({ server: zoho(), client_id, client_secret, redirect_uri });
 *    const flow = webFlow(client, { sealer: sealer(env.SESSION_KEYS.split(" ")), scope: "ZohoCRM.modules.leads.READ" });
 *    return {
 *      login: (request) => flow.login(request, { return_to: new URL(request.url).searchParams.get("return_to") }),
 *      async callback(request) {
 *        try {
 *          const { tokens, return_to, headers } = await flow.callback(request);
 *          await keep(tokens);
 *          headers.set("location", return_to);
 *          return new Response(null, { status: 303, headers });
 *        } catch (error) {
 *          if (!(error instanceof OAuthError)) throw error;
 *          return new Response(error.message, { status: 400, headers: error.headers });
 *        }
 *      },
 *    };
 *  }
 */
export function webFlow(client: OAuthClient, options: WebFlowOptions): WebFlow;

/** What all attempts have in common. */
export interface WebFlowOptions {
  /** Seals the cookies. Its keys can be those of the session: what is sealed here is bound to this purpose. */
  sealer: Sealer;
  scope: string | string[];
  /** Extra parameters of the authorization request, such as `prompt`. */
  parameters?: Record<string, string>;
}

/** What one attempt has of its own. */
export interface LoginOptions {
  /** Where the user is to land afterwards: a path on the origin of `redirect_uri`, or an absolute URL there. What is
   *  elsewhere, has a backslash or a control character, or is longer than a cookie can hold is refused
   *  (`invalid_configuration`), so the value may come from the request. Default "/". */
  return_to?: string | null | undefined;
  /** For this attempt, in place of the flow's. */
  scope?: string | string[] | undefined;
  /** For this attempt, beside the flow's and before them. */
  parameters?: Record<string, string> | undefined;
}

/** The two steps. */
export interface WebFlow {
  /** Begins an attempt: a redirect (303) to the authorization server that sets the attempt's cookie. Answer with it as it
   *  is; headers may be added. The browser has to navigate here, not fetch. Rejects with `invalid_configuration`. */
  login(request: Request, options?: LoginOptions): Promise<Response>;
  /** Ends the attempt that the callback answers, and exchanges its code. Answer with `headers`: they clear the attempt's
   *  cookie, and keep the code out of caches and of the Referer header.
   *
   *  Rejects as `OAuthClient.authorizationCodeGrant` does; with `callback_mismatch` also when the attempt's cookie is
   *  absent, expired, changed or sealed with a key that is gone, and for any method but GET (`response_mode=form_post` is
   *  not spoken). Whatever the error is, it has `headers` too: answer with those, because an attempt serves once, also when
   *  it fails. `store` says that the sealer itself failed. */
  callback(request: Request): Promise<Callback>;
}

/** What came of an attempt. */
export interface Callback {
  tokens: TokenSet;
  /** A path on the application's own origin, with query and fragment. */
  return_to: string;
  /** To answer with: may be added to. */
  headers: Headers;
}
