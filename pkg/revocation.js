// One revocation: the machine src/flow/revocation.rs, for tokens that are given, or for those of a store.

import { object, optionalString } from "./check.js";
import { seconds } from "./clock.js";
import { OAuthError } from "./errors.js";
import { run } from "./flow.js";
import { endedVersion, remember } from "./refresh.js";
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
  await revoke(settings, tokensOf, options, grant, () => {
    grant.unsaved = undefined;
    grant.latest = undefined;
  });
}

/**
 * @param {import("./settings.js").Settings} settings
 * @param {(loaded: import("./index.js").GrantRecord | undefined) => TokenSet | undefined} tokensOf
 * @param {Options | undefined} options
 * @param {import("./refresh.js").Grant} [grant]
 * @param {() => void} [onRevoked]
 */
async function revoke(settings, tokensOf, options, grant, onRevoked) {
  const { signal, token } = options ?? {};
  const first = grant ? "loaded" : "start";
  /** @type {string | undefined} */
  let grant_id;
  /** @type {import("./flow.js").Flow} */
  const flow = {
    verb: "revocation_step",
    settings,
    origin: origin(),
    traced: { step: "revoke" },
    signal,
    state: "",
    phase: "",
    ...(grant && onStore(grant)),
    fields: ({ name, fields = [] }) => {
      const isLoaded = name === "loaded";
      // A revoked token is not saved any more.
      const isRevoked = isLoaded && flow.phase === "rereading";
      if (isRevoked) onRevoked?.();
      else if (isLoaded) remember(grant, flow.loaded);
      const { loaded, failure } = flow;
      const found = tokensOf(loaded);
      const tokens = /** @type {Partial<TokenSet>} */ (found ?? {});
      const kind = token ?? kindOf(tokens);
      // The token crosses only to a step that builds a form from it.
      const builds = !isRevoked && (name === "woke" || name === first);
      /** @type {Record<string, import("./flow.js").Field[]>} */
      const own = { start: startFields(grant), loaded: [!!found], failed: [!isRefusal(failure)] };
      if (builds) grant_id = loaded?.grant_id;
      return [
        name,
        flow.state,
        builds ? optionalString(kind, tokens[kind]) : "",
        kind,
        optionalString("accounts_server", tokens.accounts_server),
        loaded?.version,
        ...(own[name] ?? fields),
        ...loadedFields(name, grant, loaded, grant_id),
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

/** Whether the tokens are those of a store, and whether it has a lock. @param {import("./refresh.js").Grant | undefined} grant */
function startFields(grant) {
  return [!!grant, !!grant?.store.lock];
}

/** Whether an error concerns one form only; after any other the state of the token is unknown. @param {unknown} failure */
function isRefusal(failure) {
  return failure instanceof OAuthError && !failure.retryable && failure.code !== "aborted";
}

/**
 * Whether a record is of the grant that was revoked; and without a lock what says whether another process refreshes it.
 *
 * @param {string} name of the event
 * @param {import("./refresh.js").Grant | undefined} grant
 * @param {import("./index.js").GrantRecord | undefined} loaded
 * @param {string | undefined} grant_id
 */
function loadedFields(name, grant, loaded, grant_id) {
  if (name !== "loaded") return [];
  const isOther = loaded?.grant_id !== grant_id;
  const isSame = !isOther && grant_id !== undefined;
  if (!grant || grant.store.lock || endedVersion(grant, loaded) !== undefined) return [isSame, isOther];
  return [
    isSame,
    isOther,
    Math.ceil(grant.settings.timeoutMs / 1000),
    loaded?.refreshing_since,
    loaded?.request_ended_at,
  ];
}
