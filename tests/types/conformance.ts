// The declarations and the code are separate files. The types that tsc infers from the code must be assignable to the
// declared types, and each declared value must be listed here with its code.

import type * as declared from "grantkit";
import type * as declaredTesting from "grantkit/testing";
import type * as declaredWeb from "grantkit/web";
import type * as checks from "../../pkg/check-token-store.js";
import type * as client from "../../pkg/client.js";
import type * as errors from "../../pkg/errors.js";
import type * as fakes from "../../pkg/fake-zoho.js";
import type * as manager from "../../pkg/manager.js";
import type * as sealers from "../../pkg/sealer.js";
import type * as memory from "../../pkg/stores/memory.js";
import type * as sealed from "../../pkg/stores/sealed.js";
import type * as web from "../../pkg/web.js";
import type * as servers from "../../pkg/zoho.js";

type Declared = typeof declared;
type DeclaredTesting = typeof declaredTesting;
type DeclaredWeb = typeof declaredWeb;
type Assignable<Actual extends Target, Target> = Actual;

interface Implemented {
  OAuthClient: Assignable<typeof client.OAuthClient, Declared["OAuthClient"]>;
  /** Only grantkit creates it, so its constructor is not compared. */
  OAuthError: Assignable<typeof errors.OAuthError.prototype, declared.OAuthErrorMembers>;
  isOAuthError: Assignable<ReturnType<typeof errors.isOAuthError>, boolean>;
  TokenManager: Assignable<typeof manager.TokenManager, Declared["TokenManager"]>;
  memoryStore: Assignable<typeof memory.memoryStore, Declared["memoryStore"]>;
  sealedStore: Assignable<typeof sealed.sealedStore, Declared["sealedStore"]>;
  sealer: Assignable<typeof sealers.sealer, Declared["sealer"]>;
  zoho: Assignable<typeof servers.zoho, Declared["zoho"]>;
  zohoRegions: Assignable<typeof servers.zohoRegions, Declared["zohoRegions"]>;
}

interface ImplementedTesting {
  checkTokenStore: Assignable<typeof checks.checkTokenStore, DeclaredTesting["checkTokenStore"]>;
  fakeZoho: Assignable<typeof fakes.fakeZoho, DeclaredTesting["fakeZoho"]>;
}

interface ImplementedWeb {
  webFlow: Assignable<typeof web.webFlow, DeclaredWeb["webFlow"]>;
}

export type Complete = [
  Assignable<Implemented, Record<keyof Declared, unknown>>,
  Assignable<ImplementedTesting, Record<keyof DeclaredTesting, unknown>>,
  Assignable<ImplementedWeb, Record<keyof DeclaredWeb, unknown>>,
];
