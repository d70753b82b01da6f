import { fakeZoho } from "grantkit/testing";

/** One user at each data centre. @type {Record<import("grantkit").ZohoLocation, string>} */
export const USERS = {
  us: "ada@us.example",
  eu: "emil@eu.example",
  in: "indira@in.example",
  au: "oscar@au.example",
  jp: "yuki@jp.example",
  cn: "wei@cn.example",
  ca: "claire@ca.example",
  sa: "samira@sa.example",
  uk: "george@uk.example",
  ae: "amina@ae.example",
};

export const WEB_CLIENT = { client_id: "1000.WEBCLIENT", client_secret: "secret-of-the-web-client" };
export const SELF_CLIENT = { client_id: "1000.SELFCLIENT", client_secret: "secret-of-the-self-client" };

/**
 * A fake Zoho on loopback, with a client for the redirect flow and a Self Client, whose clock goes as clocks do.
 *
 * @param {string} redirect_uri
 */
export async function startFakeZoho(redirect_uri) {
  const users = Object.entries(USERS).map(([location, email]) => {
    return { email, location: /** @type {import("grantkit").ZohoLocation} */ (location) };
  });
  let told = Math.floor(Date.now() / 1000);
  const clients = [{ ...WEB_CLIENT, redirect_uris: [redirect_uri] }, SELF_CLIENT];
  const fake = await fakeZoho({ clients, users, now: told, seed: 1 });
  const { accounts, api, close } = await fake.listen();
  const clock = setInterval(() => {
    const passed = Math.max(0, Math.floor(Date.now() / 1000) - told);
    fake.advance(passed);
    told += passed;
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
