// @node-oauth/oauth2-server, which does not percent-decode HTTP Basic credentials.
import { text } from "node:stream/consumers";
import OAuth2Server from "@node-oauth/oauth2-server";
import { listen } from "./listen.mjs";

const { Request, Response } = OAuth2Server;
const USER = { id: "alice" };
const CONSENT_PAGE = `<!doctype html><title>Consent</title>
<form action="" method="post">
<button name="allowed" value="true">Allow</button><button name="allowed" value="false">Deny</button>
</form>`;

/** @typedef {import("./start.mjs").Registration} Registration */
/** @typedef {import("@node-oauth/oauth2-server").Token} Token */
/** @typedef {import("@node-oauth/oauth2-server").AuthorizationCode} AuthorizationCode */

/** @typedef {import("@node-oauth/oauth2-server").AuthorizationCodeModel} AuthorizationCodeModel */
/** @typedef {import("@node-oauth/oauth2-server").RefreshTokenModel} RefreshTokenModel */
/** @typedef {(request: InstanceType<typeof Request>, response: InstanceType<typeof Response>) => Promise<unknown>} Route */

/**
 * @param {Registration[]} clients
 * @returns {AuthorizationCodeModel & RefreshTokenModel}
 */
function model(clients) {
  /** @type {Map<string, AuthorizationCode>} */
  const codes = new Map();
  /** @type {Map<string, Token>} */
  const accessTokens = new Map();
  /** @type {Map<string, import("@node-oauth/oauth2-server").RefreshToken>} */
  const refreshTokens = new Map();
  return {
    async getClient(id, secret) {
      const found = clients.find(({ client_id }) => client_id === id);
      // The authorization endpoint calls this without a secret.
      if (found === undefined || (secret !== null && secret !== found.client_secret)) return false;
      return { id, grants: found.grant_types, redirectUris: found.redirect_uris };
    },
    async saveAuthorizationCode(code, client, user) {
      const saved = { ...code, client, user };
      codes.set(code.authorizationCode, saved);
      return saved;
    },
    getAuthorizationCode: async (code) => codes.get(code),
    revokeAuthorizationCode: async ({ authorizationCode }) => codes.delete(authorizationCode),
    async saveToken(token, client, user) {
      const saved = { ...token, client, user };
      accessTokens.set(saved.accessToken, saved);
      const { refreshToken } = saved;
      if (refreshToken !== undefined) refreshTokens.set(refreshToken, { ...saved, refreshToken });
      return saved;
    },
    getAccessToken: async (token) => accessTokens.get(token),
    getRefreshToken: async (token) => refreshTokens.get(token),
    revokeToken: async ({ refreshToken }) => refreshTokens.delete(refreshToken),
  };
}

await listen((_origin, clients) => {
  const server = new OAuth2Server({ model: model(clients) });

  /** @type {Record<string, Route>} */
  const routes = {
    "GET /authorize": async (_request, response) => {
      response.body = CONSENT_PAGE;
    },
    "POST /authorize": (request, response) =>
      server.authorize(request, response, { authenticateHandler: { handle: () => USER } }),
    "POST /token": (request, response) => server.token(request, response),
    "GET /userinfo": async (request, response) => {
      const { user } = await server.authenticate(request, response);
      response.body = { sub: user.id };
    },
  };

  return async (incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url ?? "", "http://127.0.0.1");
    const request = new Request({
      headers: /** @type {Record<string, string>} */ (incoming.headers),
      method: incoming.method ?? "",
      query: Object.fromEntries(searchParams),
      body: Object.fromEntries(new URLSearchParams(await text(incoming))),
    });
    const response = new Response();
    try {
      await routes[`${incoming.method} ${pathname}`]?.(request, response);
    } catch (error) {
      // The token and authorization endpoints write the error into the response; the resource does not.
      if (response.status === 200) response.status = error instanceof OAuth2Server.OAuthError ? error.code : 500;
    }
    outgoing.writeHead(response.status ?? 500, response.headers);
    outgoing.end(typeof response.body === "string" ? response.body : JSON.stringify(response.body));
  };
});
