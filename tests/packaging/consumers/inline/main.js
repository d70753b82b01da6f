import { OAuthClient, OAuthError, zoho } from "grantkit/inline";
import { walk } from "../walk.js";

globalThis.outcome = walk({ OAuthClient, OAuthError, zoho }, globalThis.given);
