import { fakeZoho } from "grantkit/testing";
import { zohoRegions } from "../regions.js";

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

/** @type {Record<ZohoLocation, string>} */
const NAMES = {
  us: "ada",
  eu: "emil",
  in: "indira",
  au: "oscar",
  jp: "yuki",
  cn: "wei",
  ca: "claire",
  sa: "samira",
  uk: "george",
  ae: "amina",
};

/** The email address of one user at each data centre. */
export const USERS = /** @type {Record<ZohoLocation, string>} */ (
  Object.fromEntries(zohoRegions.map(({ location }) => [location, `${NAMES[location]}@${location}.example`]))
);

export const WEB_CLIENT = { client_id: "1000.WEBCLIENT", client_secret: "secret-of-the-web-client" };
export const SELF_CLIENT = { client_id: "1000.SELFCLIENT", client_secret: "secret-of-the-self-client" };

/**
 * Starts a fake Zoho on loopback with a client for the redirect flow and a Self Client. Its clock follows the real one.
 *
 * @param {string} redirect_uri
 */
export async function startFakeZoho(redirect_uri) {
  const users = zohoRegions.map(({ location }) => ({ email: USERS[location], location }));
  let now = Math.floor(Date.now() / 1000);
  const clients = [{ ...WEB_CLIENT, redirect_uris: [redirect_uri] }, SELF_CLIENT];
  const fake = await fakeZoho({ clients, users, now, seed: 1 });
  const { accounts, api, close } = await fake.listen();
  const clock = setInterval(() => {
    const elapsed = Math.max(0, Math.floor(Date.now() / 1000) - now);
    fake.advance(elapsed);
    now += elapsed;
  }, 1000);
  return {
    fake,
    accounts,
    api,
    close() {
      clearInterval(clock);
      return close();
    },
  };
}
