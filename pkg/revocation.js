// One revocation: the machine src/flow/revocation.rs, for tokens that are given. revoke-grant.js adds those of a store.

import { object, optionalString } from "./check.js";
import { seconds } from "./clock.js";
import { OAuthError } from "./errors.js";
import { run } from "./flow.js";
import { origin } from "./trace.js";

/** @typedef {import("./index.js").TokenSet} TokenSet */
/** @typedef {import("./index.js").GrantRecord} GrantRecord */
/** @typedef {import("./index.js").CallOptions & { token?: "refresh_token" | "access_token" }} Options */

/**
 * What a revocation of a stored grant adds.
 *
 * @typedef {object} Stored
 * @property {Partial<import("./flow.js").Flow>} members of the flow
 * @property {boolean} hasLock
 * @property {(loaded: GrantRecord | undefined, isRevoked: boolean) => void} onLoaded
 * @property {(loaded: GrantRecord | undefined) => import("./flow.js").Field[]} fields of a step after a load
 */

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
 * @param {import("./settings.js").Settings} settings
 * @param {(loaded: GrantRecord | undefined) => TokenSet | undefined} tokensOf
 * @param {Options | undefined} options
 * @param {Stored} [stored]
 */
export async function revoke(settings, tokensOf, options, stored) {
  const { signal, token } = options ?? {};
  const first = stored ? "loaded" : "start";
  /** @type {import("./flow.js").Flow} */
  const flow = {
    verb: "revocation_step",
    settings,
    origin: origin(),
    traced: { step: "revoke" },
    signal,
    state: "",
    phase: "",
    ...stored?.members,
    fields: ({ name, fields = [] }) => {
      const isLoaded = name === "loaded";
      // A revoked token is not saved any more.
      const isRevoked = isLoaded && flow.phase === "rereading";
      const { loaded, failure } = flow;
      if (isLoaded) stored?.onLoaded(loaded, isRevoked);
      const found = tokensOf(loaded);
      const tokens = /** @type {Partial<TokenSet>} */ (found ?? {});
      const kind = token ?? kindOf(tokens);
      // The token crosses only to a step that builds a form from it.
      const builds = !isRevoked && (name === "woke" || name === first);
      /** @type {Record<string, import("./flow.js").Field[]>} */
      const own = {
        start: [!!stored, !!stored?.hasLock],
        loaded: [!!found, ...(stored?.fields(loaded) ?? [])],
        failed: [!isRefusal(failure)],
      };
      return [
        name,
        flow.state,
        builds ? optionalString(kind, tokens[kind]) : "",
        kind,
        optionalString("accounts_server", tokens.accounts_server),
        loaded?.version,
        ...(own[name] ?? fields),
      ];
    },
    numbers: () => [flow.askedAt ?? seconds(settings)],
  };
  await run(flow);
}

/** The type of the token that is revoked if the caller does not say. @param {Partial<TokenSet>} tokens */
function kindOf({ refresh_token }) {
  return refresh_token ? "refresh_token" : "access_token";
}

/** Whether an error concerns one form only; after any other the state of the token is unknown. @param {unknown} failure */
function isRefusal(failure) {
  return failure instanceof OAuthError && !failure.retryable && failure.code !== "aborted";
}
