// One revocation: the machine src/flow/revocation.rs, for tokens that are given, or for those of a store.

import { object, optionalString } from "./check.js";
import { seconds } from "./clock.js";
import { OAuthError } from "./errors.js";
import { run } from "./flow.js";
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
  const { settings, store, key } = grant;
  /** Unsaved tokens are the grant's only while the store has none, or the refresh token that they replace. @param {import("./index.js").GrantRecord | undefined} loaded */
  const tokensOf = (loaded) => {
    const { unsaved } = grant;
    const isCurrent = !loaded || loaded.tokens.refresh_token === unsaved?.sent;
    return (isCurrent && unsaved?.issued) || loaded?.tokens;
  };
  await revoke(settings, tokensOf, options, { store, key }, () => {
    grant.unsaved = undefined;
  });
}

/**
 * @param {import("./settings.js").Settings} settings
 * @param {(loaded: import("./index.js").GrantRecord | undefined) => TokenSet | undefined} tokensOf
 * @param {Options | undefined} options
 * @param {import("./flow.js").Flow["grant"]} [grant]
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
    ...(grant && { grant }),
    fields: (event) => {
      // A revoked token is not saved any more.
      if (event.name === "loaded" && flow.phase === "rereading") onRevoked?.();
      const tokens = event.name === "start" && grant ? undefined : tokensOf(flow.loaded);
      const kind = token ?? (tokens?.refresh_token ? "refresh_token" : "access_token");
      const presented = optionalString(
        kind,
        { refresh_token: tokens?.refresh_token, access_token: tokens?.access_token }[kind],
      );
      const server = optionalString("accounts_server", tokens?.accounts_server);
      return [
        event.name,
        flow.state,
        presented,
        kind,
        server,
        flow.loaded?.version,
        ...eventFields(event, tokens, flow.failure, grant),
      ];
    },
    numbers: () => [flow.askedAt ?? seconds(settings)],
  };
  await run(flow);
}

/** @param {import("./flow.js").Event} event @param {TokenSet | undefined} tokens @param {unknown} failure @param {unknown} grant */
function eventFields({ name, fields = [] }, tokens, failure, grant) {
  if (name === "start") return [!!grant];
  if (name === "loaded") return [!!tokens];
  // A refusal may concern this form only; after anything else the state of the token is unknown.
  const isRefusal = failure instanceof OAuthError && !failure.retryable && failure.code !== "aborted";
  if (name === "failed") return [!isRefusal];
  return fields;
}
