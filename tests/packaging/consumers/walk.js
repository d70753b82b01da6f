/**
 * The main job as an application does it: a code becomes tokens, they are renewed, used no more and refused.
 *
 * @param {Pick<typeof import("grantkit"), "OAuthClient" | "OAuthError" | "zoho">} grantkit
 * @param {{ accounts: string, api: string, code: string, client_id: string, client_secret: string }} given
 */
export async function walk({ OAuthClient, OAuthError, zoho }, { accounts, api, code, client_id, client_secret }) {
  const client = new OAuthClient({
    server: zoho({ accountsServer: accounts, apiDomain: api }),
    client_id,
    client_secret,
    redirect_uri: `${accounts}/callback`,
  });
  const { url } = await client.authorizationRequest({ scope: "ZohoCRM.org.READ" });
  const tokens = await client.exchangeCode(code);
  const renewed = await client.refreshTokenGrant(tokens);
  await client.revoke(renewed);
  const refusal = await client.refreshTokenGrant(renewed).catch((reason) => reason);
  return {
    authorization: new URL(url).pathname,
    scope: tokens.scope,
    anotherToken: renewed.access_token !== tokens.access_token,
    sameGrant: renewed.refresh_token === tokens.refresh_token,
    refusal: refusal instanceof OAuthError && refusal.code,
  };
}
