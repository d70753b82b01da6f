import { equal, match, ok, rejects } from "./assert.mjs";
import { CLIENT, NOW, plainClient, REDIRECT_URI, setUp } from "./setup.mjs";

/** @param {ArrayBuffer} bytes */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** The query parameters of a URL, which must have no duplicates. @param {string} url */
function parameters(url) {
  const { searchParams } = new URL(url);
  const names = [...searchParams.keys()];
  equal(new Set(names).size, names.length, `no duplicate parameter in ${names}`);
  return Object.fromEntries(searchParams);
}

/** @type {import("./setup.mjs").Test[]} */
export const authorization = [
  {
    name: "an authorization request has the parameters of RFC 6749, RFC 7636 and Zoho, and no others",
    async run(environment) {
      const { client, sent } = await setUp(environment);
      const { url, pending } = await client.authorizationRequest({
        scope: ["ZohoCRM.modules.ALL", "ZohoCRM.org.READ"],
        return_to: "/inbox?open=3",
      });
      environment.secrets.add(pending.code_verifier);
      match(pending.state, /^[\w-]{43}$/, "state is 256 bits in base64url");
      match(pending.code_verifier, /^[\w-]{43}$/, "the verifier is 256 bits in base64url");
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pending.code_verifier));
      equal(new URL(url).origin + new URL(url).pathname, "https://accounts.zoho.com/oauth/v2/auth", "endpoint");
      equal(
        parameters(url),
        {
          response_type: "code",
          client_id: CLIENT.client_id,
          redirect_uri: REDIRECT_URI,
          scope: "ZohoCRM.modules.ALL,ZohoCRM.org.READ",
          state: pending.state,
          code_challenge: base64url(digest),
          code_challenge_method: "S256",
          access_type: "offline",
        },
        "parameters",
      );
      equal(
        { ...pending, state: "", code_verifier: "" },
        {
          state: "",
          code_verifier: "",
          issuer: "https://accounts.zoho.com",
          redirect_uri: REDIRECT_URI,
          created_at: NOW,
          expires_at: NOW + 600,
          offline: true,
          return_to: "/inbox?open=3",
        },
        "pending",
      );
      equal(sent.length, 0, "requests sent");
    },
  },
  {
    name: "each authorization request has its own state and code verifier",
    async run(environment) {
      const { client } = await setUp(environment);
      const requests = await Promise.all(Array.from({ length: 50 }, () => client.authorizationRequest({ scope: "A" })));
      const seen = new Set(requests.flatMap(({ pending }) => [pending.state, pending.code_verifier]));
      equal(seen.size, 100, "distinct values");
    },
  },
  {
    name: "scopes are joined with the server's separator, whether passed as a string or as a list",
    async run(environment) {
      const { client } = await setUp(environment);
      for (const scope of ["A.READ B.READ", "A.READ,B.READ", ["A.READ", "B.READ"], ["A.READ B.READ"]]) {
        const { url } = await client.authorizationRequest({ scope });
        equal(parameters(url).scope, "A.READ,B.READ", `Zoho, from ${JSON.stringify(scope)}`);
      }
      const plain = plainClient(environment.grantkit, async () => Response.error());
      const { url } = await plain.authorizationRequest({ scope: ["read", "write"] });
      equal(parameters(url).scope, "read write", "RFC 6749 3.3");
      equal(parameters(url).access_type, undefined, "only Zoho's row sends access_type");
    },
  },
  {
    name: "the caller's parameters are encoded and can override access_type",
    async run(environment) {
      const { client } = await setUp(environment);
      const { url } = await client.authorizationRequest({
        scope: "A",
        parameters: { prompt: "consent", login_hint: "a+b&c=d é@example.com", access_type: "online" },
        maxAge: 60,
      });
      const { prompt, login_hint, access_type, state } = parameters(url);
      equal(
        { prompt, login_hint, access_type },
        { prompt: "consent", login_hint: "a+b&c=d é@example.com", access_type: "online" },
        "parameters",
      );
      match(state ?? "", /^[\w-]{43}$/, "state");
      const { pending } = await client.authorizationRequest({ scope: "A", maxAge: 60 });
      equal(pending.expires_at, NOW + 60, "maxAge");
      equal("return_to" in pending, false, "return_to is omitted unless it was passed");
      const online = await client.authorizationRequest({ scope: "A", parameters: { access_type: "online" } });
      equal("offline" in online.pending, false, "offline is omitted when access_type is online");
    },
  },
  {
    name: "parameters that grantkit sets itself are rejected",
    async run(environment) {
      const { grantkit } = environment;
      const { client } = await setUp(environment);
      for (const name of [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
      ]) {
        const request = client.authorizationRequest({ scope: "A", parameters: { [name]: "x" } });
        const error = await rejects(grantkit, request, { code: "invalid_configuration", retryable: false }, name);
        ok(error.message.includes(name), `"${error.message}" names ${name}`);
      }
    },
  },
  {
    name: "an invalid configuration is rejected before any request",
    async run(environment) {
      const { grantkit } = environment;
      const { zoho } = grantkit;
      /** @type {[string, import("./setup.mjs").Changes][]} */
      const configurations = [
        ["no redirect_uri", { redirect_uri: undefined }],
        ["plain http to a host that is not loopback", { server: zoho({ accountsServer: "http://accounts.example" }) }],
        ["a server without endpoints", { server: { issuer: "https://as.example" } }],
        ["an unknown profile", { server: { ...zoho(), profile: "no such row" } }],
        ["an empty client_id", { client_id: "" }],
      ];
      for (const [label, configuration] of configurations) {
        let called = false;
        const request = (async () => {
          const { client } = await setUp(environment, {
            fetch: async () => {
              called = true;
              return new Response();
            },
            ...configuration,
          });
          return client.authorizationRequest({ scope: "A" });
        })();
        await rejects(grantkit, request, { code: "invalid_configuration", retryable: false }, label);
        equal(called, false, `${label}: fetch called`);
      }
    },
  },
  {
    name: "without a configured clock, the system's time is used",
    async run(environment) {
      const { client } = await setUp(environment, { clock: undefined });
      const before = Math.floor(Date.now() / 1000);
      const { pending } = await client.authorizationRequest({ scope: "A" });
      const after = Math.floor(Date.now() / 1000);
      ok(before <= pending.created_at && pending.created_at <= after, `${pending.created_at} is now`);
    },
  },
];
