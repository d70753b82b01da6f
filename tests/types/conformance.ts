// The declarations and the code are written apart. What tsc infers from the code must be assignable to what is declared,
// and each declared value must be listed here with the code behind it.

import type * as declared from "grantkit";
import type * as client from "../../pkg/client.js";
import type * as errors from "../../pkg/errors.js";
import type * as servers from "../../pkg/zoho.js";

type Declared = typeof declared;
type Assignable<Actual extends Target, Target> = Actual;

interface Implemented {
  OAuthClient: Assignable<typeof client.OAuthClient, Declared["OAuthClient"]>;
  /** Made by grantkit alone, so its constructor is nobody else's business. */
  OAuthError: Assignable<typeof errors.OAuthError.prototype, Declared["OAuthError"]["prototype"]>;
  zoho: Assignable<typeof servers.zoho, Declared["zoho"]>;
}

export type Complete = Assignable<Implemented, Record<keyof Declared, unknown>>;
