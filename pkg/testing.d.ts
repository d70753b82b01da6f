/** For the tests of applications, and of stores.
 *
 *  @module grantkit/testing
 */

import type { TokenStore, ZohoLocation } from "grantkit";

/** A registered client. One with redirect URIs is known at every data centre for which it has a secret; one without is a
 *  Self Client, known only at its own data centre. */
export interface FakeClient {
  client_id: string;
  /** The same secret at every data centre, or one for each. */
  client_secret: string | Partial<Record<ZohoLocation, string>>;
  /** Compared exactly. */
  redirect_uris?: string[];
  /** Where the client is registered. Default "us". */
  location?: ZohoLocation;
}

/** The initial state of the fake. */
export interface FakeZohoOptions {
  /** Default: one client, `1000.GRANTKITFAKECLIENT0000000000001` with the secret `fake0secret0of0the0default0client`, known at
   *  every data centre. Its redirect URIs are `https://app.example/callback`, and `/callback` at `http://127.0.0.1:8787`,
   *  `http://localhost:8787` and `http://localhost:3000`. */
  clients?: FakeClient[];
  /** Who may consent, each at one data centre. Default: ada@example.com (us), emil@example.eu (eu), indira@example.in (in). */
  users?: { email: string; location: ZohoLocation }[];
  /** The seed of codes, tokens and records: the same seed makes the same ones. Default 0. */
  seed?: number;
  /** Seconds since the epoch at which the fake's clock begins. Default 1767603600, 2026-01-05T09:00:00Z. */
  now?: number;
  /** Deviations of the callback that Zoho was seen to make: `accounts-server` not percent-encoded, an `&` after the last
   *  parameter, an omitted parameter. */
  callback?: { plain?: boolean; trailing_ampersand?: boolean; no_location?: boolean; no_accounts_server?: boolean };
}

/** Failures, with the endpoints that have them: all, where none is named. */
export type FakeFailure =
  // In place of a response. The request has no effect.
  | "http_500_html"
  | "http_503" // with Retry-After
  | "html_200"
  | "redirect"
  | "throttle" // token, revoke; so are the next three
  | "throttle_localised"
  | "invalid_client"
  | "invalid_client_secret"
  | "invalid_code" // token
  | "general_error" // token
  | "invalid_token" // api; so are the next four
  | "authentication_failure"
  | "oauth_scope_mismatch"
  | "no_permission"
  | "too_many_requests"
  // In a response, after the request took effect: a token may be issued and lost.
  | "empty"
  | "truncated"
  | "not_json"
  | "oversized" // more than 256 KiB
  | "expires_in_ms" // token, beside expires_in_sec; so are the next seven
  | "expires_in_string"
  | "no_token_type"
  | "no_refresh_token"
  | "no_api_domain"
  | "no_scope"
  | "token_with_newline"
  | "error_and_token"
  // In the network, likewise after the request took effect.
  | "reset" // the connection, before the first byte
  | "slow" // no byte ever comes
  | "stall" // half of the body comes, then nothing
  | "endless"; // the body never ends

/** A fake Zoho. */
export interface FakeZoho {
  /** Responds for every accounts and API host, so it can be used as ClientConfig.fetch, and as a server's handler. Needs no
   *  `this`. Rejects as fetch does: with the signal's reason, or with a TypeError for a host that Zoho does not have.
   *  Redirects are returned, not followed. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Serves it on loopback (Node): one origin for each data centre's accounts host and API host, which responses then contain.
   *  The first takes `port` and the others follow it; by default the system chooses. `close` ends open connections. */
  listen(port?: number): Promise<{
    accounts: Record<ZohoLocation, string>;
    api: Record<ZohoLocation, string>;
    /** Ends the servers. */
    close(): Promise<void>;
  }>;
  /** A code for a Self Client, as of "Generate Code" in the console: of the first user of that data centre, valid for
   *  `seconds` (default 180). Ten in ten minutes for each client. */
  selfClientCode(options: { client_id: string; scope: string; location?: ZohoLocation; seconds?: number }): string;
  /** Lets the user, by default the first, consent or deny. Returns the URL of the callback. */
  consent(authorizationUrl: string | URL, options?: { email?: string; deny?: boolean }): string;
  /** Moves the clock, which otherwise stands still. */
  advance(seconds: number): void;
  /** Revokes all codes and tokens, as if each user had removed each app. */
  revokeAll(): void;
  /** Makes the next responses of an endpoint fail, after the failures already queued for it. 0 times removes those.
   *  Throws for an unknown failure, with a message that lists the known ones. */
  fail(endpoint: "token" | "revoke" | "api", how: FakeFailure | (string & {}), times?: number): void;
  /** Every request received, in order, without queries and secrets. Later requests are added to the same array. */
  readonly log: ReadonlyArray<{
    method: string;
    /** The real host, also with `listen`. */
    host: string;
    path: string;
    grant_type?: string;
    /** 0 for a host that Zoho does not have. */
    status: number;
    /** The `error` or `code` of the response, or the title of an error page. */
    error?: string;
    /** The fault of the network. */
    fault?: string;
  }>;
}

/** An authorization server that behaves as Zoho is documented to, or was seen to: every data centre, consent page,
 *  Self Client console, comma scopes, errors inside HTTP 200, throttling, eviction, revocation, a CRM with page tokens,
 *  `If-Modified-Since` and deleted records. It has its own clock and randomness. Invalid arguments throw an OAuthError
 *  with code invalid_configuration. */
export function fakeZoho(options?: FakeZohoOptions): Promise<FakeZoho>;

/** The tests that a TokenStore must pass, for authors of stores. Rejects at the first failed test, with the remedy in the
 *  message. */
export function checkTokenStore(makeStore: () => TokenStore | Promise<TokenStore>): Promise<void>;
