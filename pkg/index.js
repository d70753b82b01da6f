export { OAuthClient } from "./client.js";
export { OAuthError } from "./errors.js";
export { zoho } from "./zoho.js";
