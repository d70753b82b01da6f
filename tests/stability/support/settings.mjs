// The clients and the keys of the fixtures. They protect nothing.

export const SELF = { client_id: "1000.SELFCLIENT", client_secret: "secret-of-the-self-client" };
export const WEB = { client_id: "1000.WEBCLIENT", client_secret: "secret-of-the-web-client" };

const key = (/** @type {string} */ name) => Buffer.from(`fixture key ${name}`.padEnd(32, ".")).toString("base64url");
export const KEY = key("one");
export const SECOND_KEY = key("two");
export const THIRD_KEY = key("three");
export const PURPOSE = "fixture";

/** The keys of the grants in each store: each is in another state. */
export const KEYS = ["fresh", "refreshed", "throttled", "rejected", "refreshing", "plain"];
