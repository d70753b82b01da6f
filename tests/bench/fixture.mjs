// Every contender works with one server, one client and one token response.

export const ISSUER = "https://as.example";

export const CLIENT = {
  client_id: "1000.8K2J6V4W9QZ3T7YB1XN5",
  client_secret: "5f1c0d7a93b64e28b7d2",
  redirect_uri: "https://app.example/callback",
};

export const SCOPE = ["ZohoCRM.modules.ALL", "ZohoCRM.settings.READ"];

export const CODE = "1000.c3b1d7e5f9a24806c3b1d7e5f9a24806.4e8fa1b2c3d4e5f60718293a4b5c6d7e";

/** The token response. */
export const TOKENS = {
  access_token: "1000.1f2e3d4c5b6a79880f1e2d3c4b5a6978.a1b2c3d4e5f60718293a4b5c6d7e8f90",
  refresh_token: "1000.90f8e7d6c5b4a392817060504f3e2d1c.0123456789abcdef0123456789abcdef",
  scope: SCOPE.join(" "),
  token_type: "Bearer",
  expires_in: 3600,
};

/** Metadata of RFC 8414. @param {string} origin */
export function metadata(origin) {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    authorization_response_iss_parameter_supported: true,
  };
}

/** The URL to which the server redirects the browser. @param {string} state @param {string} [issuer] */
export function callbackUrl(state, issuer = ISSUER) {
  return `${CLIENT.redirect_uri}?${new URLSearchParams({ state, iss: issuer, code: CODE })}`;
}
