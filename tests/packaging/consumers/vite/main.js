import { OAuthClient, OAuthError, zoho } from "grantkit";
import { walk } from "../walk.js";

globalThis.outcome = walk({ OAuthClient, OAuthError, zoho }, globalThis.given);
