import assert from "node:assert/strict";
import { after, it } from "node:test";
import { fileURLToPath } from "node:url";
import { OAuthClient } from "grantkit";
import { start } from "./start.mjs";
import { testServer } from "./suite.mjs";
import { Browser } from "./user.mjs";

const client_secret = "b@sic s:cr%41t+~/?#[]!$&'()*,;=\"<>\\^`{|}";
const redirect_uri = "https://app.example/oauth/callback";
const registration = { redirect_uris: [redirect_uri], grant_types: ["authorization_code", "refresh_token"] };

/** @type {import("./start.mjs").Registration} */
const basic = {
  ...registration,
  client_id: "1000.basic/%41+1",
  client_secret,
  token_endpoint_auth_method: "client_secret_basic",
};

/** @type {import("./start.mjs").Registration[]} */
const clients = [
  basic,
  { ...registration, client_id: "post", client_secret, token_endpoint_auth_method: "client_secret_post" },
];

const program = fileURLToPath(new URL("node-oauth.server.mjs", import.meta.url));
const server = await start(process.execPath, [program], clients);
after(() => server.close());

/** This server publishes no metadata. */
const metadata = {
  issuer: server.origin,
  authorization_endpoint: `${server.origin}/authorize`,
  token_endpoint: `${server.origin}/token`,
  userinfo_endpoint: `${server.origin}/userinfo`,
};
const scope = ["profile", "email"];

/** @type {import("./suite.mjs").User} */
const allow = async (browser, url) => browser.submit(await browser.open(url), { allowed: "true" });

testServer(
  server,
  { ...metadata, profile: "rfc-raw-basic" },
  {
    name: "node-oauth",
    clients,
    scope,
    allow,
    deny: async (browser, url) => browser.submit(await browser.open(url), { allowed: "false" }),
    denial: "Access denied: user denied access to application",
    lifetime: 3600,
    exactLifetime: false,
    challengeRequired: false,
    reuseRevokes: false,
    accessTokenEndsGrant: false,
    invalidClientStatus: { client_secret_basic: 401, client_secret_post: 400 },
  },
);

it("needs the profile with raw Basic credentials", async () => {
  const { client_id } = basic;
  const token_endpoint_auth_method = "client_secret_basic";
  const strict = new OAuthClient({
    server: metadata,
    client_id,
    client_secret,
    token_endpoint_auth_method,
    redirect_uri,
  });
  const { url, pending } = await strict.authorizationRequest({ scope });
  const { callback } = await allow(new Browser(redirect_uri), url);
  assert.ok(callback);
  await assert.rejects(strict.authorizationCodeGrant(callback, pending), { code: "client_rejected", status: 401 });
});
