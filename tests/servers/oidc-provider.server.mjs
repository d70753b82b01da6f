// oidc-provider with required PKCE, rotation and revocation. The user signs in on its development pages.
import { generateKeyPairSync, randomBytes } from "node:crypto";
// @ts-expect-error the package has no types
import Provider from "oidc-provider";
import { listen } from "./listen.mjs";

const HOUR = 3600;

await listen((origin, clients) => {
  const provider = new Provider(origin, {
    clients: clients.map((client) => ({ ...client, response_types: ["code"] })),
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    jwks: { keys: [generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" })] },
    findAccount: (/** @type {unknown} */ _context, /** @type {string} */ accountId) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    features: { revocation: { enabled: true } },
    ttl: { AccessToken: HOUR, IdToken: HOUR, RefreshToken: HOUR, Interaction: HOUR, Session: HOUR, Grant: HOUR },
  });
  return provider.callback();
});
