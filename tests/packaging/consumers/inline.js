// For bundlers that emit no assets. The fake Zoho has no form without one, so it stays outside of the bundle. Names one by
// one, as applications import them: a bundler that takes grantkit/inline for free of side effects would drop its bytes.

import {
  memoryStore,
  OAuthClient,
  OAuthError,
  sealedStore,
  sealer,
  TokenManager,
  zoho,
  zohoRegions,
} from "grantkit/inline";
import * as testing from "grantkit/testing";
import { run } from "../../runtimes/support/run.mjs";

const grantkit = { memoryStore, OAuthClient, OAuthError, sealedStore, sealer, TokenManager, zoho, zohoRegions };
const { given: served } = /** @type {any} */ (globalThis);
Object.assign(globalThis, { outcome: run({ grantkit, testing, served, show: console.log }) });
