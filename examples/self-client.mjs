// Zoho's Self Client: from the code that the API console generates to records of the CRM.
//
//   ZOHO_CLIENT_ID=… ZOHO_CLIENT_SECRET=… ZOHO_LOCATION=eu ZOHO_CODE=… node examples/self-client.mjs
//
// The code's scope has to be ZohoCRM.modules.leads.READ or wider. The tokens are added to the file ZOHO_TOKENS (default
// zoho-tokens.json), for your application to use. With ZOHO_REVOKE=1 nothing is kept, and the grant is revoked in the
// end. Where none of the four is set, all of this runs against a fake Zoho on loopback.

import { open } from "node:fs/promises";
import { OAuthClient } from "grantkit";
import { account } from "./support/account.mjs";
import { describeError, describeTokens, refusal, step } from "./support/steps.mjs";

const { name, server, client_id, client_secret, code, keep, close } = await account();
const client = new OAuthClient({ server, client_id, client_secret });
console.log(`Self Client at ${name}`);

// Opened before the code is spent, since a code works once.
const file = keep && (await step("open the token file", () => open(keep, "a", 0o600), keep));

const tokens = await step("exchange the code", () => client.exchangeCode(code), describeTokens);
if (file) await step("keep the tokens", () => file.appendFile(`${JSON.stringify(tokens)}\n`), "saved");

const fresh = await step("refresh", () => client.refreshTokenGrant(tokens), describeTokens);

const readLeads = async () => {
  const response = await fetch(`${fresh.api_domain}/crm/v8/Leads?fields=Company&per_page=3`, {
    headers: { authorization: `Zoho-oauthtoken ${fresh.access_token}` },
  });
  const { data, code, message } = response.status === 204 ? { data: [] } : await response.json();
  if (!data) throw new Error(`the CRM answers HTTP ${response.status} ${code}: ${message}`);
  const companies = data.map((/** @type {{ Company: string }} */ lead) => lead.Company);
  return companies.join(", ") || "there are none";
};
await step("read three leads", readLeads);

if (file) {
  await file.close();
} else {
  await step("revoke", () => client.revoke(fresh), "Zoho takes the refresh token no more");
  await step("refresh once more", () => refusal(client.refreshTokenGrant(fresh)), describeError);
}
await close();
