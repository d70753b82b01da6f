export { OAuthClient } from "./client.js";
export { isOAuthError, OAuthError } from "./errors.js";
export { sealer } from "./sealer.js";
export { memoryStore } from "./stores/memory.js";
export { sealedStore } from "./stores/sealed.js";
export { TokenManager } from "./token-manager.js";
export { zoho, zohoRegions } from "./zoho.js";
