// One revocation: the machine src/flow/revocation.rs, for tokens that are given, or for those of a store.

import { object, optionalString } from "./check.js";
import { seconds } from "./clock.js";
import { OAuthError } from "./errors.js";
import { run } from "./flow.js";
import { onStore } from "./store-effects.js";
import { origin } from "./trace.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {import("./index.js").CallOptions & { token?: "refresh_token" | "access_token" }} Options */

/**
 * Revokes tokens.
 *
 * @param {import("./settings.js").Settings} settings
 * @param {TokenSet} tokens
 * @param {Options} [options]
 */
export async function revokeTokens(settings, tokens, options) {
  await revoke(settings, () => object("tokens", tokens), options);
}

/**
 * Revokes the tokens of a grant, and then deletes its record, unless another was saved meanwhile.
 *
 * @param {import("./refresh.js").Grant} grant
 * @param {Options} [options]
 */
export async function revokeGrant(grant, options) {
  const { settings } = grant;
  /** Unsaved tokens are the grant's only while the store has none, or the refresh token that they replace. @param {import("./index.js").GrantRecord | undefined} loaded */
  const tokensOf = (loaded) => {
    const { unsaved } = grant;
    const isCurrent = !loaded || loaded.tokens.refresh_token === unsaved?.sent;
    return (isCurrent && unsaved?.issued) || loaded?.tokens;
  };
  await revoke(settings, tokensOf, options, onStore(grant), () => {
    grant.unsaved = undefined;
  });
}

/**
 * @param {import("./settings.js").Settings} settings
 * @param {(loaded: import("./index.js").GrantRecord | undefined) => TokenSet | undefined} tokensOf
 * @param {Options | undefined} options
 * @param {ReturnType<typeof onStore>} [grant] of a grant in a store
 * @param {() => void} [onRevoked]
 */
async function revoke(settings, tokensOf, options, grant, onRevoked) {
  const { signal, token } = options ?? {};
  /** @type {import("./flow.js").Flow} */
  const flow = {
    verb: "revocation_step",
    settings,
    origin: origin(),
    traced: { step: "revoke" },
    signal,
    state: "",
    phase: "",
    ...grant,
    fields: ({ name, fields = [] }) => {
      // A revoked token is not saved any more.
      const isRevoked = name === "loaded" && flow.phase === "rereading";
      if (isRevoked) onRevoked?.();
      const tokens = tokensOf(flow.loaded);
      const { refresh_token, access_token, accounts_server } = /** @type {Partial<TokenSet>} */ (tokens ?? {});
      const kind = token ?? (refresh_token ? "refresh_token" : "access_token");
      // The token crosses only to a step that builds a form from it.
      const builds = name === "woke" || (name === (grant ? "loaded" : "start") && !isRevoked);
      const { failure } = flow;
      // A refusal may concern this form only; after anything else the state of the token is unknown.
      const isRefusal = failure instanceof OAuthError && !failure.retryable && failure.code !== "aborted";
      /** @type {Record<string, boolean[]>} */
      const own = { start: [!!grant], loaded: [!!tokens], failed: [!isRefusal] };
      return [
        name,
        flow.state,
        builds ? optionalString(kind, { refresh_token, access_token }[kind]) : "",
        kind,
        optionalString("accounts_server", accounts_server),
        flow.loaded?.version,
        ...(own[name] ?? fields),
      ];
    },
    numbers: () => [flow.askedAt ?? seconds(settings)],
  };
  await run(flow);
}
