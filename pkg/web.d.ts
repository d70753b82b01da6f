/** The redirect flow, for servers with the fetch API.
 *
 *  @module grantkit/web
 */

import type { OAuthClient, Sealer, TokenSet } from "grantkit";

/** The redirect flow as two steps from Request to Response, for any server with the fetch API: Workers, Hono, Next.js, Deno,
 *  Bun. `login` sends the user to the authorization server, `callback` handles the request at the client's `redirect_uri`.
 *
 *  Each attempt has a sealed cookie of its own, so that only the browser that started an attempt can complete it (RFC 9700
 *  4.7), and parallel tabs do not disturb each other. The cookie has the prefix `__Host-` (RFC 6265bis 4.1.3.2) and is
 *  HttpOnly, Secure and SameSite=Lax. Where `redirect_uri` is plain http, which is allowed on loopback only, it has neither
 *  the prefix nor Secure, since Safari would not store such a cookie there.
 *
 *  There are five such cookies, with 6144 bytes together. A sixth attempt overwrites the oldest, and attempts that are
 *  started at the same instant may overwrite each other, as those with a long `return_to` do. The callback of an attempt
 *  that was overwritten rejects with `callback_mismatch`.
 *
 *  Only the query of the callback's URL is read, so proxies may change its scheme and host. Needs a client with a
 *  `redirect_uri`, and keys that all servers of the application share.
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

/** Options of all attempts. */
export interface WebFlowOptions {
  /** Seals the cookies. Its keys can be those of the session, since these cookies are bound to their purpose. */
  sealer: Sealer;
  scope: string | string[];
  /** Extra parameters of the authorization request, such as `prompt`. */
  parameters?: Record<string, string>;
}

/** Options of one attempt. */
export interface LoginOptions {
  /** Where to send the user afterwards: a path on the origin of `redirect_uri`, or an absolute URL there. Rejects with
   *  `invalid_configuration` if it is on another origin, has a backslash or a control character, or is too long for a
   *  cookie of 2048 bytes, so the value may come from the request. Default "/". */
  return_to?: string | null | undefined;
  /** For this attempt, in place of the flow's. */
  scope?: string | string[] | undefined;
  /** For this attempt, in addition to the flow's. They take precedence. */
  parameters?: Record<string, string> | undefined;
}

/** The two steps. */
export interface WebFlow {
  /** Starts an attempt. Resolves to a redirect (303) to the authorization server, which sets the attempt's cookie. Return it;
   *  headers may be added. The browser has to navigate here, not fetch. Rejects with `invalid_configuration`. */
  login(request: Request, options?: LoginOptions): Promise<Response>;
  /** Completes the attempt of the callback, and exchanges its code. Respond with `headers`: they clear the attempt's cookie,
   *  and keep the code out of caches and of the Referer header.
   *
   *  Rejects as `OAuthClient.authorizationCodeGrant` does; with `callback_mismatch` also if the attempt's cookie is
   *  absent, expired, changed or sealed with a key that was removed, and for any method but GET (`response_mode=form_post`
   *  is not supported); with `store` if the sealer fails. Every error has `headers` too: respond with those, because an
   *  attempt can be used once, also if it fails. */
  callback(request: Request): Promise<Callback>;
}

/** The result of an attempt. */
export interface Callback {
  tokens: TokenSet;
  /** A path on the application's own origin, with query and fragment. */
  return_to: string;
  /** Headers for the response. Others may be added. */
  headers: Headers;
}
