export { FakeClient } from "./testing.js";
export { FakeFailure } from "./testing.js";
export { FakeZoho } from "./testing.js";
export { FakeZohoOptions } from "./testing.js";
export { checkTokenStore } from "./testing.js";
export { fakeZoho } from "./testing.js";
