/** A server whose refresh tokens are valid once: a reuse revokes the grant. */
export function rotatingServer() {
  let issued = 1;
  let revoked = false;
  return {
    isRevoked: () => revoked,
    /** The first tokens. @param {number} now seconds */
    tokens: (now) => ({
      access_token: "at-1",
      token_type: "Bearer",
      expires_at: now + 3600,
      refresh_token: "rt-1",
      accounts_server: "https://as.example",
    }),
    /** @param {string} _url @param {RequestInit} init */
    async fetch(_url, { body }) {
      const sent = new URLSearchParams(String(body)).get("refresh_token");
      revoked ||= sent !== `rt-${issued}`;
      if (revoked) return Response.json({ error: "invalid_grant" }, { status: 400 });
      issued += 1;
      const tokens = { access_token: `at-${issued}`, refresh_token: `rt-${issued}` };
      return Response.json({ ...tokens, token_type: "Bearer", expires_in: 3600 });
    },
  };
}
