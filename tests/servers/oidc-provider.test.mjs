import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "./start.mjs";
import { testServer } from "./suite.mjs";

// Every reserved character that this server accepts in a secret: RFC 6749 appendix A.2 ends at ~.
const client_secret = "b@sic s:cr%41t+~/?#[]!$&'()*,;=\"<>\\^`{|}";
const registration = {
  redirect_uris: ["https://app.example/oauth/callback?tenant=7"],
  grant_types: ["authorization_code", "refresh_token"],
};

/** @type {import("./start.mjs").Registration[]} */
const clients = [
  {
    ...registration,
    client_id: "1000.basic:client/%41+1",
    client_secret,
    token_endpoint_auth_method: "client_secret_basic",
  },
  { ...registration, client_id: "post", client_secret, token_endpoint_auth_method: "client_secret_post" },
  { ...registration, client_id: "public", token_endpoint_auth_method: "none" },
];

const program = fileURLToPath(new URL("oidc-provider.server.mjs", import.meta.url));
const server = await start(process.execPath, [program], clients);
after(() => server.close());

const discovery = await fetch(`${server.origin}/.well-known/openid-configuration`);
testServer(server, await discovery.json(), {
  name: "oidc-provider",
  clients,
  scope: ["openid", "offline_access"],
  parameters: { prompt: "consent" },
  async allow(browser, url) {
    let page = await browser.open(url);
    while (!page.callback) page = await browser.submit(page, { login: "alice", password: "any" });
    return page;
  },
  async deny(browser, url) {
    return browser.follow(await browser.open(url), "Cancel");
  },
  denial: "End-User aborted interaction",
  lifetime: 3600,
  exactLifetime: true,
  challengeRequired: true,
  reuseRevokes: true,
  accessTokenEndsGrant: true,
  invalidClientStatus: { client_secret_basic: 401, client_secret_post: 401 },
});
