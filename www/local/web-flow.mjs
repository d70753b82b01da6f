import { describeError, describeTokens, refusal, step } from "../../examples/support/steps.mjs";
import { leads, organisation } from "./crm.mjs";
import { USERS } from "./fake-zoho.mjs";

export const SCOPE = ["ZohoCRM.modules.leads.READ", "ZohoCRM.org.READ"];

/**
 * Runs the web flow from the authorization request to the revocation. The user's data centre is not the client's.
 *
 * @param {import("grantkit").OAuthClient} client
 * @param {import("grantkit/testing").FakeZoho} fake
 */
export async function runWebFlow(client, fake) {
  console.log("\nWeb flow at a fake Zoho on loopback, client of data centre us, user of data centre eu");
  const request = () => client.authorizationRequest({ scope: SCOPE });
  const { url, pending } = await step("send the user", request, ({ url }) => withoutQuery(url));

  const approve = () => fake.consent(url, { email: USERS.eu });
  const callback = await step("the user approves", approve, (callback) => {
    return `${withoutQuery(callback)} is called with location=${new URL(callback).searchParams.get("location")}`;
  });

  const exchange = () => client.authorizationCodeGrant(callback, pending);
  const tokens = await step("exchange the code", exchange, describeTokens);
  const readLeads = async () => (await leads(tokens)).map(({ Company }) => Company).join(", ");
  await step("read leads", readLeads);

  const anHourLater = () => {
    fake.advance(3600);
    return refusal(leads(tokens));
  };
  await step("an hour later", anHourLater, describeError);
  const fresh = await step("refresh", () => client.refreshTokenGrant(tokens), describeTokens);
  await step("read organisation", () => organisation(fresh));

  await step("revoke", () => client.revoke(fresh), "Zoho no longer accepts the refresh token");
  await step("refresh once more", () => refusal(client.refreshTokenGrant(fresh)), describeError);
}

/** @param {string} url */
function withoutQuery(url) {
  return url.replace(/\?.*/s, "");
}
