// An authorization server as RFC 9700 4.14.2 wants it: each refresh token works once, and one that comes a second time
// kills its whole family. Numbers its tokens, so that tests can name them.
import { OAuthClient, TokenManager } from "grantkit";
import { NOW } from "./world.mjs";

/** @typedef {import("grantkit").TokenStore} TokenStore */

const REVOCATION = "https://as.example/revoke";

export const access = (/** @type {number} */ number) => `1000.${"a".repeat(28)}${String(number).padStart(4, "0")}`;
export const refresh = (/** @type {number} */ number) => `1000.${"b".repeat(28)}${String(number).padStart(4, "0")}`;

/**
 * A client of such a server, and the first tokens of a family.
 *
 * @param {Partial<import("grantkit").ClientConfig>} [config]
 */
export function rotatingServer(config = {}) {
  const time = { now: NOW };
  const state = {
    /** The number of the only refresh token that works; 0 once the family is dead. */
    newest: 1,
    /** Every refresh token that was presented. */
    presented: /** @type {string[]} */ ([]),
    /** Every token that was to be revoked. */
    revoked: /** @type {string[]} */ ([]),
    life: 3600,
    /** Runs while a request is in flight, before the server works. @type {(() => Promise<void> | void) | undefined} */
    during: undefined,
    /** What becomes of an answer on its way. @type {((answer: Response) => Response | Promise<Response>) | undefined} */
    after: undefined,
  };

  /** @param {string} presented */
  function rotate(presented) {
    if (state.newest === 0 || presented !== refresh(state.newest)) {
      state.newest = 0;
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    state.newest += 1;
    const issued = { access_token: access(state.newest), refresh_token: refresh(state.newest) };
    return Response.json({ ...issued, token_type: "Bearer", expires_in: state.life });
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
    await state.during?.();
    const answer = rotate(presented);
    return state.after ? state.after(answer) : answer;
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
    expires_at: time.now + state.life,
  });
  return {
    state,
    time,
    client,
    first,
    /** A manager with the first tokens saved. @param {TokenStore} store */
    async begin(store) {
      const manager = new TokenManager(client, store);
      await manager.save(first());
      return manager;
    },
  };
}
