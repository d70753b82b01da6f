export { fakeZoho } from "./fake-zoho.js";
