// A fake Zoho on loopback, which the program uses as it would use the real one.

import { once } from "node:events";
import { createServer } from "node:http";
import { fakeZoho } from "grantkit/testing";

export const SELF = { client_id: "1000.SELFCLIENT", client_secret: "secret-of-the-self-client-7d1f" };
export const WEB = { client_id: "1000.WEBCLIENT", client_secret: "secret-of-the-web-client-03be" };
export const SCOPE = "ZohoCRM.modules.ALL,ZohoCRM.org.READ";

/**
 * @param {import("node:test").TestContext} t
 * @param {{ redirect_uri?: string, secrets?: Partial<Record<import("grantkit").ZohoLocation, string>> }} [options]
 */
export async function zoho(t, { redirect_uri, secrets } = {}) {
  const web = { ...WEB, ...(secrets && { client_secret: secrets }) };
  const fake = await fakeZoho({
    clients: [
      { ...SELF, location: "eu" },
      { ...web, location: "us", redirect_uris: redirect_uri ? [redirect_uri] : ["https://app.example/callback"] },
    ],
    now: Math.floor(Date.now() / 1000),
    seed: 11,
  });
  const served = await fake.listen();
  t.after(served.close);
  const listed = (/** @type {Record<string, string>} */ origins) =>
    Object.entries(origins).map(([location, origin]) => `${location}=${origin}`);
  const variables = {
    GRANTKIT_ACCOUNTS_SERVER: listed(served.accounts).join(","),
    GRANTKIT_API_DOMAIN: listed(served.api).join(","),
  };
  return {
    fake,
    served,
    variables,
    /** The variables of the Self Client. */
    selfClient: {
      ...variables,
      ZOHO_LOCATION: "eu",
      ZOHO_CLIENT_ID: SELF.client_id,
      ZOHO_CLIENT_SECRET: SELF.client_secret,
    },
    code: (scope = SCOPE) => fake.selfClientCode({ client_id: SELF.client_id, scope }),
    /** The token requests so far. */
    tokenRequests: () => fake.log.filter(({ path }) => path === "/oauth/v2/token").map(({ grant_type }) => grant_type),
  };
}

/**
 * A proxy of an accounts server that runs some work before it forwards a token request.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} origin of the accounts server
 * @param {() => Promise<unknown>} work
 * @returns {Promise<string>} its origin
 */
export async function proxied(t, origin, work) {
  const server = createServer(async (request, response) => {
    const { method = "GET", url = "/" } = request;
    const { authorization, "content-type": type = "" } = request.headers;
    const body = Buffer.concat(await request.toArray());
    if (url === "/oauth/v2/token") await work();
    const headers = { "content-type": type, ...(authorization && { authorization }) };
    const result = await fetch(`${origin}${url}`, { method, headers, body });
    response.writeHead(result.status, { "content-type": "application/json" }).end(await result.text());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return `http://127.0.0.1:${port}`;
}
