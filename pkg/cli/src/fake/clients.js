// The clients of the fake Zoho. Their secrets protect nothing.

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

export const SELF_CLIENT = {
  client_id: "1000.FAKESELFCLIENT",
  client_secret: "fake-secret-of-the-self-client",
  location: /** @type {ZohoLocation} */ ("eu"),
};

export const WEB_CLIENT = {
  client_id: "1000.FAKEWEBCLIENT",
  client_secret: "fake-secret-of-the-web-client",
  location: /** @type {ZohoLocation} */ ("eu"),
};

/** The client of that ID. @param {string | undefined} client_id */
export function registeredAs(client_id) {
  return [SELF_CLIENT, WEB_CLIENT].find((client) => client.client_id === client_id) ?? {};
}
