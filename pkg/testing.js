export { checkTokenStore } from "./check-token-store.js";
export { fakeZoho } from "./fake-zoho.js";
