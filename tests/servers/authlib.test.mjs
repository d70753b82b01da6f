import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { python } from "./python.mjs";
import { start } from "./start.mjs";
import { testServer } from "./suite.mjs";

const client_secret = "b@sic s:cr%41t+~é/?#[]!$&'()*,;=\"<>\\^`{|}€𝄞";
const registration = {
  redirect_uris: ["https://app.example/oauth/callback?tenant=7"],
  grant_types: ["authorization_code", "refresh_token"],
};

/** @type {import("./start.mjs").Registration[]} */
const clients = [
  {
    ...registration,
    client_id: "1000.basic:client/%41+é 1",
    client_secret,
    token_endpoint_auth_method: "client_secret_basic",
  },
  { ...registration, client_id: "post", client_secret, token_endpoint_auth_method: "client_secret_post" },
  { ...registration, client_id: "public", token_endpoint_auth_method: "none" },
];

const program = fileURLToPath(new URL("authlib_server.py", import.meta.url));
const server = await start(python(), [program], clients);
after(() => server.close());

const discovery = await fetch(`${server.origin}/.well-known/oauth-authorization-server`);
testServer(server, await discovery.json(), {
  name: "Authlib",
  clients,
  scope: ["profile", "email"],
  allow: async (browser, url) => {
    const page = await browser.open(url);
    return page.callback ? page : browser.submit(page, { consent: "yes" });
  },
  deny: async (browser, url) => browser.submit(await browser.open(url), { consent: "no" }),
  denial: "The resource owner or authorization server denied the request",
  lifetime: 3600,
  exactLifetime: true,
  challengeRequired: true,
  reuseRevokes: false,
  accessTokenEndsGrant: false,
  invalidClientStatus: { client_secret_basic: 401, client_secret_post: 401 },
});
