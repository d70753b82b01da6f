import { zoho } from "grantkit";

const NAMES = ["ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET", "ZOHO_LOCATION", "ZOHO_CODE"];

/**
 * @typedef {object} Account
 * @property {string} name
 * @property {import("grantkit").AuthorizationServer} server
 * @property {string} client_id
 * @property {string} client_secret
 * @property {string} code
 * @property {string | undefined} tokenFile where to save the tokens; undefined to revoke the grant at the end
 * @property {() => Promise<void>} close
 */

/** The Self Client of the environment variables; without these, a Self Client of a fake Zoho on loopback. */
export function account() {
  const missing = NAMES.filter((name) => !process.env[name]);
  if (missing.length === NAMES.length) return fakeAccount();
  if (missing.length > 0) {
    console.error(
      `Environment variables of the Self Client are missing: set ${missing.join(" and ")}, or none of them.`,
    );
    process.exit(2);
  }
  return realAccount();
}

/** @returns {Account} */
function realAccount() {
  const { ZOHO_TOKENS, ZOHO_REVOKE } = process.env;
  const [client_id = "", client_secret = "", location, code = ""] = NAMES.map((name) => process.env[name]);
  const chosen = /** @type {import("grantkit").ZohoLocation} */ (location);
  return {
    name: `Zoho, data centre ${location}`,
    server: zoho({ location: chosen }),
    client_id,
    client_secret,
    code,
    tokenFile: ZOHO_REVOKE === "1" ? undefined : (ZOHO_TOKENS ?? "zoho-tokens.json"),
    close: async () => {},
  };
}

/** @returns {Promise<Account>} */
async function fakeAccount() {
  const { fakeZoho } = await import("grantkit/testing");
  const client = { client_id: "1000.SELFCLIENT", client_secret: "secret-of-the-self-client" };
  const fake = await fakeZoho({ clients: [{ ...client, location: "eu" }] });
  const { accounts, api, close } = await fake.listen();
  const code = fake.selfClientCode({ client_id: client.client_id, scope: "ZohoCRM.modules.leads.READ" });
  const server = zoho({ location: "eu", accountsServer: accounts, apiDomain: api });
  return { name: "a fake Zoho on loopback, data centre eu", server, ...client, code, tokenFile: undefined, close };
}
