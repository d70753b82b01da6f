// The environment of the demo's Worker.

import { KEY, SELF, WEB } from "./settings.mjs";

/** @type {any} */
export const env = {
  ORIGIN: "https://demo.example",
  ZOHO_LOCATION: "us",
  ZOHO_CLIENT_ID: WEB.client_id,
  ZOHO_CLIENT_SECRET: WEB.client_secret,
  SELF_CLIENT_ID: SELF.client_id,
  SELF_CLIENT_SECRET: SELF.client_secret,
  SESSION_KEYS: KEY,
};
