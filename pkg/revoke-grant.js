// The revocation of a stored grant: pkg/revocation.js over a store. Apart from it, so that a bundle of a client has no store.

import { endedVersion, remember } from "./refresh.js";
import { revoke } from "./revocation.js";
import { onStore } from "./store-effects.js";

/** @typedef {import("./index.js").GrantRecord} GrantRecord */

/**
 * Revokes the tokens of a grant, and then deletes its record, unless another was saved meanwhile.
 *
 * @param {import("./refresh.js").Grant} grant
 * @param {import("./revocation.js").Options} [options]
 */
export async function revokeGrant(grant, options) {
  const { settings, store } = grant;
  /** @type {string | undefined} */
  let grant_id;
  /** @type {import("./refresh.js").Grant["unsaved"]} */
  let revoking;
  await revoke(settings, (loaded) => tokensOf(grant, loaded), options, {
    members: onStore(grant),
    hasLock: !!store.lock,
    onLoaded: (loaded, isRevoked) => {
      if (isRevoked) {
        // Not those of a refresh that ran beside it.
        if (grant.unsaved === revoking) grant.unsaved = undefined;
        grant.latest = undefined;
      } else {
        remember(grant, loaded);
        grant_id = loaded?.grant_id;
        revoking = grant.unsaved;
      }
    },
    fields: (loaded) => [...isOfGrant(grant_id, loaded), ...markFields(grant, loaded)],
  });
}

/** Unsaved tokens are the grant's only while the store has none, or the refresh token that they replace. @param {import("./refresh.js").Grant} grant @param {GrantRecord | undefined} loaded */
function tokensOf({ unsaved }, loaded) {
  const isCurrent = !loaded || loaded.tokens.refresh_token === unsaved?.sent;
  return (isCurrent && unsaved?.issued) || loaded?.tokens;
}

/** Whether a record is of the grant that was revoked, and whether it is of another. @param {string | undefined} grant_id @param {GrantRecord | undefined} loaded */
function isOfGrant(grant_id, loaded) {
  const isOther = loaded?.grant_id !== grant_id;
  return [!isOther && grant_id !== undefined, isOther];
}

/** Without a lock: what says whether another process refreshes the grant. @param {import("./refresh.js").Grant} grant @param {GrantRecord | undefined} loaded */
function markFields(grant, loaded) {
  if (grant.store.lock || endedVersion(grant, loaded) !== undefined) return [];
  return [Math.ceil(grant.settings.timeoutMs / 1000), loaded?.refreshing_since, loaded?.request_ended_at];
}
