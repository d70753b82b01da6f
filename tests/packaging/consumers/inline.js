// For bundlers that emit no assets. Names one by one, as applications import them: a bundler that takes grantkit/inline for
// free of side effects would drop its bytes.

import {
  isOAuthError,
  memoryStore,
  OAuthClient,
  OAuthError,
  sealedStore,
  sealer,
  TokenManager,
  zoho,
  zohoRegions,
} from "grantkit/inline";
import { checkTokenStore, fakeZoho } from "grantkit/testing/inline";
import { run } from "../../runtimes/support/run.mjs";

const errors = { isOAuthError, OAuthError };
const grantkit = { ...errors, memoryStore, OAuthClient, sealedStore, sealer, TokenManager, zoho, zohoRegions };
const { given: served } = /** @type {any} */ (globalThis);
Object.assign(globalThis, {
  outcome: run({ grantkit, testing: { checkTokenStore, fakeZoho }, served, show: console.log }),
});
