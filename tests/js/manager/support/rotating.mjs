// An authorization server with refresh token rotation (RFC 9700 4.14.2): each refresh token is valid once, and a reuse
// revokes the grant. It numbers its tokens, so that tests can name them.
import { OAuthClient, TokenManager } from "grantkit";
import { NOW } from "./setup.mjs";

/** @typedef {import("grantkit").TokenStore} TokenStore */

const REVOCATION = "https://as.example/revoke";

export const access = (/** @type {number} */ number) => `1000.${"a".repeat(28)}${String(number).padStart(4, "0")}`;
export const refresh = (/** @type {number} */ number) => `1000.${"b".repeat(28)}${String(number).padStart(4, "0")}`;

/**
 * A client of such a server, and the first tokens of a grant.
 *
 * @param {Partial<import("grantkit").ClientConfig>} [config]
 */
export function rotatingServer(config = {}) {
  const time = { now: NOW };
  const state = {
    /** The number of the only valid refresh token; 0 once the grant is revoked. */
    newest: 1,
    /** Every refresh token that the server received. */
    presented: /** @type {string[]} */ ([]),
    /** Every token that the server was asked to revoke. */
    revoked: /** @type {string[]} */ ([]),
    lifetime: 3600,
    /** Runs when a refresh request arrives, before the server handles it. @type {(() => Promise<void> | void) | undefined} */
    onRequest: undefined,
    /** Replaces or delays a token response. @type {((response: Response) => Response | Promise<Response>) | undefined} */
    onResponse: undefined,
  };

  /** @param {string} presented */
  function rotate(presented) {
    if (state.newest === 0 || presented !== refresh(state.newest)) {
      state.newest = 0;
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    state.newest += 1;
    const issued = { access_token: access(state.newest), refresh_token: refresh(state.newest) };
    return Response.json({ ...issued, token_type: "Bearer", expires_in: state.lifetime });
  }

  /** @type {NonNullable<import("grantkit").ClientConfig["fetch"]>} */
  async function fetch(url, init) {
    const form = new URLSearchParams(String(init.body));
    if (url === REVOCATION) {
      state.revoked.push(form.get("token") ?? "");
      return new Response();
    }
    const presented = form.get("refresh_token") ?? "";
    state.presented.push(presented);
    await state.onRequest?.();
    const response = rotate(presented);
    return state.onResponse ? state.onResponse(response) : response;
  }

  const client = new OAuthClient({
    server: {
      issuer: "https://as.example",
      token_endpoint: "https://as.example/token",
      revocation_endpoint: REVOCATION,
    },
    client_id: "rotating",
    client_secret: "rotating-secret",
    clock: () => time.now * 1000,
    fetch,
    ...config,
  });
  const first = () => ({
    access_token: access(1),
    refresh_token: refresh(1),
    token_type: "Bearer",
    expires_at: time.now + state.lifetime,
  });
  return {
    state,
    time,
    client,
    first,
    /** A manager with the first tokens saved. @param {TokenStore} store */
    async managerOf(store) {
      const manager = new TokenManager(client, store);
      await manager.save(first());
      return manager;
    },
  };
}
