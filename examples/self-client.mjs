// Zoho's Self Client, step by step: exchange a code, refresh, read leads of the CRM, revoke.
//
//   ZOHO_CLIENT_ID=… ZOHO_CLIENT_SECRET=… ZOHO_LOCATION=eu ZOHO_CODE=… node examples/self-client.mjs
//
// Generate ZOHO_CODE in Zoho's API console, with the scope ZohoCRM.modules.leads.READ or a wider one. The tokens are
// appended to the file ZOHO_TOKENS (default zoho-tokens.json). With ZOHO_REVOKE=1 nothing is saved, and the grant is
// revoked at the end. If none of the four variables is set, the example runs against a fake Zoho on loopback.

import { open } from "node:fs/promises";
import { OAuthClient } from "grantkit";
import { account } from "./support/account.mjs";
import { describeError, describeTokens, rejection, step } from "./support/steps.mjs";

const { name, server, client_id, client_secret, code, tokenFile, close } = await account();
const client = new OAuthClient({ server, client_id, client_secret });
console.log(`Self Client at ${name}`);

// Opened before the exchange, because a code works only once.
const file = tokenFile && (await step("open the token file", () => open(tokenFile, "a", 0o600), tokenFile));

const tokens = await step("exchange the code", () => client.exchangeCode(code), describeTokens);
if (file) await step("save the tokens", () => file.appendFile(`${JSON.stringify(tokens)}\n`), "saved");

const fresh = await step("refresh", () => client.refreshTokenGrant(tokens), describeTokens);

const readLeads = async () => {
  const response = await fetch(`${fresh.api_domain}/crm/v8/Leads?fields=Company&per_page=3`, {
    headers: { authorization: `Zoho-oauthtoken ${fresh.access_token}` },
  });
  const { data, code, message } = response.status === 204 ? { data: [] } : await response.json();
  if (!data) throw new Error(`the CRM returned HTTP ${response.status} ${code}: ${message}`);
  const companies = data.map((/** @type {{ Company: string }} */ lead) => lead.Company);
  return companies.join(", ") || "there are no leads";
};
await step("read three leads", readLeads);

if (file) {
  await file.close();
} else {
  await step("revoke", () => client.revoke(fresh), "Zoho no longer accepts the refresh token");
  await step("refresh once more", () => rejection(client.refreshTokenGrant(fresh)), describeError);
}
await close();
