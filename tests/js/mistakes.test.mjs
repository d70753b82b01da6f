// Mistakes are said where they are made: unknown options, values that are undefined, errors of another copy, and a module that
// cannot be loaded.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { isOAuthError, memoryStore, OAuthClient, OAuthError, sealedStore, sealer, TokenManager, zoho } from "grantkit";
import { fileStore } from "grantkit/node";
import { redisStore } from "grantkit/redis";
import { checkTokenStore, fakeZoho } from "grantkit/testing";
import { webFlow } from "grantkit/web";
import { source } from "../../pkg/load/fetch.js";
import { moduleUnavailable } from "../../pkg/module-unavailable.js";
import { NOW, plainClient, rejects, TOKENS, tokenResponse } from "./support/plain.mjs";

const KEY = Buffer.alloc(32, 1).toString("base64url");
const CONFIG = { server: { issuer: "https://as.example" }, client_id: "id" };

/** @param {() => unknown} call @param {string | RegExp} message */
async function refuses(call, message) {
  const error = await rejects(
    (async () => call())(),
    /** @type {any} */ ({ code: "invalid_configuration", retryable: false }),
  );
  if (typeof message === "string") assert.equal(error.message, message);
  else assert.match(error.message, message);
}

test("every options object refuses a member that it does not know", async () => {
  const client = /** @type {any} */ (plainClient(() => assert.fail("a request was sent")));
  const keys = sealer(KEY);
  const flow = /** @type {any} */ (webFlow(client, { sealer: keys, scope: "a" }));
  const fake = /** @type {any} */ (await fakeZoho());
  const manager = /** @type {any} */ (new TokenManager(client, memoryStore()));
  const redis = { hget: async () => null, evalsha: async () => 1 };
  const call = (/** @type {any} */ of, /** @type {any[]} */ ...values) => of(...values);
  const odd = { oddity: 1 };
  for (const [name, run] of /** @type {[string, () => unknown][]} */ ([
    ["OAuthClient", () => new OAuthClient(/** @type {any} */ ({ ...CONFIG, ...odd }))],
    ["TokenManager", () => new TokenManager(client, memoryStore(), /** @type {any} */ (odd))],
    ["zoho()", () => call(zoho, odd)],
    ["authorizationRequest", () => client.authorizationRequest({ scope: "a", ...odd })],
    ["authorizationCodeGrant", () => client.authorizationCodeGrant("https://app.example", {}, odd)],
    ["exchangeCode", () => client.exchangeCode("a", odd)],
    ["refreshTokenGrant", () => client.refreshTokenGrant(TOKENS, odd)],
    ["revoke", () => client.revoke(TOKENS, odd)],
    ["revoke", () => manager.revoke(odd)],
    ["accessToken", () => manager.accessToken(odd)],
    ["sealer", () => call(sealer, KEY, odd)],
    ["seal", () => call(keys.seal, 1, { purpose: "a", ...odd })],
    ["unseal", () => call(keys.unseal, "a", { purpose: "a", ...odd })],
    ["webFlow", () => call(webFlow, client, { sealer: keys, scope: "a", ...odd })],
    ["login", () => flow.login(new Request("https://app.example"), odd)],
    ["redisStore", () => call(redisStore, redis, odd)],
    ["checkTokenStore", () => call(checkTokenStore, memoryStore, odd)],
    ["selfClientCode", () => fake.selfClientCode(odd)],
    ["consent", () => fake.consent("https://accounts.zoho.com", odd)],
  ])) {
    await refuses(run, new RegExp(`^${name.replace("()", "\\(\\)")} has no option "oddity" among \\w+`));
  }
  await refuses(() => call(fakeZoho, odd), /unknown field `oddity`, expected one of .*: correct them$/);
});

test("an unknown option is answered with the one that was meant, and where it belongs", async () => {
  const client = /** @type {any} */ (plainClient(() => assert.fail("a request was sent")));
  const config = (/** @type {object} */ members) => new OAuthClient(/** @type {any} */ ({ ...CONFIG, ...members }));
  const manager = (/** @type {any} */ options) => new TokenManager(client, memoryStore(), options);
  const request = (/** @type {object} */ members) => client.authorizationRequest({ scope: "a", ...members });
  const call = (/** @type {any} */ of, /** @type {any[]} */ ...values) => of(...values);
  for (const [run, next] of /** @type {[() => unknown, string][]} */ ([
    [() => config({ clientId: "a" }), 'pass "client_id" instead, or omit it'],
    [() => config({ clientSecret: "a" }), 'pass "client_secret" instead, or omit it'],
    [() => config({ secret: "a" }), 'pass "client_secret" instead, or omit it'],
    [() => config({ timeout: 5 }), 'pass "timeoutMs" instead, or omit it'],
    [() => config({ scope: "a" }), 'pass "scope" to authorizationRequest(), or omit it'],
    [() => config({ location: "eu" }), 'pass "location" to zoho(), or omit it'],
    [() => manager({ redirectUri: "a" }), 'pass "redirect_uri" to OAuthClient, or omit it'],
    [() => request({ prompt: "consent" }), "put it into parameters, or omit it"],
    [() => request({ max_age: 5 }), 'pass "maxAge" instead, or put it into parameters'],
    [() => request({ returnTo: "/" }), 'pass "return_to" instead, or put it into parameters'],
    [() => call(zoho, { region: "eu" }), 'pass location, such as { location: "eu" }, or omit it'],
  ])) {
    await refuses(run, new RegExp(`: ${next.replaceAll(/[(){}]/g, "\\$&")}$`));
  }
  await refuses(
    () => call(zoho, "eu"),
    "the options of zoho() are not an object: pass an object, such as { location }",
  );
});

test("zoho() refuses origins that it would ignore", async () => {
  const call = (/** @type {any} */ options) => zoho(options);
  for (const name of ["accountsServer", "apiDomain"]) {
    const next = 'pass one origin, or one by data centre, such as { eu: "https://..." }';
    for (const [value, found] of /** @type {[unknown, string][]} */ ([
      [["https://accounts.example"], "is of another type"],
      [1, "is of another type"],
      [{ EU: "https://accounts.example" }, 'has "EU", which is no data centre'],
      [{ europe: "https://accounts.example" }, 'has "europe", which is no data centre'],
    ])) {
      await refuses(() => call({ [name]: value }), `${name} ${found}: ${next}`);
    }
    await refuses(() => call({ [name]: undefined }), new RegExp(`^zoho\\(\\): ${name} is undefined: `));
  }
  assert.deepEqual(
    call({ location: "eu", accountsServer: { eu: "https://a.example" }, apiDomain: "https://b.example" }),
    {
      profile: "zoho",
      location: "eu",
      accounts_server: { eu: "https://a.example" },
      api_domain: "https://b.example",
    },
  );
});

/** Of IANA's registry "OAuth Authorization Server Metadata", and of OpenID Connect Discovery. */
const REGISTERED = `issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint scopes_supported
  response_types_supported response_modes_supported grant_types_supported token_endpoint_auth_methods_supported
  token_endpoint_auth_signing_alg_values_supported service_documentation ui_locales_supported op_policy_uri op_tos_uri
  revocation_endpoint revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported
  introspection_endpoint introspection_endpoint_auth_methods_supported
  introspection_endpoint_auth_signing_alg_values_supported code_challenge_methods_supported signed_metadata
  device_authorization_endpoint tls_client_certificate_bound_access_tokens mtls_endpoint_aliases nfv_token_signing_algs
  nfv_token_encryption_algs userinfo_endpoint acr_values_supported subject_types_supported
  id_token_signing_alg_values_supported id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported
  userinfo_signing_alg_values_supported userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported
  request_object_signing_alg_values_supported request_object_encryption_alg_values_supported
  request_object_encryption_enc_values_supported display_values_supported claim_types_supported claims_supported
  claims_locales_supported claims_parameter_supported request_parameter_supported request_uri_parameter_supported
  require_request_uri_registration require_signed_request_object pushed_authorization_request_endpoint
  require_pushed_authorization_requests introspection_signing_alg_values_supported
  introspection_encryption_alg_values_supported introspection_encryption_enc_values_supported
  authorization_response_iss_parameter_supported check_session_iframe frontchannel_logout_supported
  backchannel_logout_supported backchannel_logout_session_supported end_session_endpoint
  backchannel_token_delivery_modes_supported backchannel_authentication_endpoint
  backchannel_authentication_request_signing_alg_values_supported backchannel_user_code_parameter_supported
  authorization_details_types_supported dpop_signing_alg_values_supported client_registration_types_supported
  federation_registration_endpoint signed_jwks_uri jwks organization_name contacts display_name
  protected_resources challenge_endpoint credential_issuer`.split(/\s+/);

test("server takes a whole document of metadata, and refuses a name that is nearly a known one", async () => {
  const given = (/** @type {object} */ server) => new OAuthClient({ client_id: "id", server });
  const texts = ["issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint"];
  given(Object.fromEntries(REGISTERED.filter((name) => !texts.includes(name)).map((name) => [name, ["a"]])));
  for (const [name, meant] of Object.entries({
    tokenEndpoint: "token_endpoint",
    token_endpont: "token_endpoint",
    tokne_endpoint: "token_endpoint",
    isuer: "issuer",
    accountsServer: "accounts_server",
    profil: "profile",
  })) {
    await refuses(() => given({ [name]: "a" }), `server.${name} is not read: write it "${meant}", or omit it`);
  }
});

test("undefined where a value was meant is said at the constructor, with the name", async () => {
  const client = plainClient(() => assert.fail("a request was sent"));
  const config = (/** @type {object} */ members) => new OAuthClient(/** @type {any} */ ({ ...CONFIG, ...members }));
  const call = (/** @type {any} */ of, /** @type {any[]} */ ...values) => of(...values);
  const unset = "undefined: check the variable that it comes from";
  const redis = { hget: async () => null, evalsha: async () => 1 };
  for (const [run, message] of /** @type {[() => unknown, string | RegExp][]} */ ([
    [() => config({ client_id: undefined }), `client_id is ${unset}`],
    [() => call((/** @type {any} */ c) => new OAuthClient(c), { server: {} }), /^client_id is missing: copy it from /],
    [() => config({ client_secret: undefined }), `client_secret is ${unset}, or omit it`],
    [() => config({ redirect_uri: undefined }), `redirect_uri is ${unset}, or omit it`],
    [() => config({ server: { token_endpoint: undefined } }), `server.token_endpoint is ${unset}, or omit it`],
    [() => config({ server: undefined }), "server is not an object: pass an object"],
    [() => call(zoho, { location: undefined }), `zoho(): location is ${unset}, or omit it`],
    [
      () => call(sealer, undefined),
      /^key 1 of the sealer is undefined: check the variable .*, or make a key with openssl/,
    ],
    [() => sealer([KEY, ""]), /^key 2 of the sealer is empty: check the variable /],
    [() => call(sealedStore, memoryStore(), undefined), /^the sealer is not a Sealer: /],
    [() => call(fileStore, undefined), /^the path of fileStore is not a non-empty string: /],
    [() => call(redisStore, undefined), /^redisStore got no client /],
    [() => call(redisStore, redis, { prefix: undefined }), `redisStore: prefix is ${unset}, or omit it`],
    [
      () => new TokenManager(client, memoryStore(), /** @type {any} */ ({ key: undefined })),
      `key is ${unset}, or omit it`,
    ],
    [() => new TokenManager(/** @type {any} */ (undefined), memoryStore()), /^the client is not an OAuthClient: /],
    [() => new TokenManager(client, /** @type {any} */ (undefined)), /^the store is not a TokenStore: /],
  ])) {
    await refuses(run, message);
  }
});

test("an error of another copy of the package is an OAuthError, and not one of a subclass", async () => {
  const other = await import(`../../pkg/errors.js?copy=${NOW}`);
  const error = new other.OAuthError("network", "no response: try again");
  assert.notEqual(other.OAuthError, OAuthError);
  assert.ok(error instanceof OAuthError && isOAuthError(error));
  const Own = /** @type {any} */ (OAuthError);
  class Mine extends Own {}
  const mine = new /** @type {any} */ (Mine)("network", "no response: try again");
  assert.ok(mine instanceof Mine && mine instanceof OAuthError && mine instanceof other.OAuthError);
  assert.equal(error instanceof Mine, false);
  assert.equal(new Own("network", "no response: try again") instanceof Mine, false);
  for (const value of [undefined, null, "text", 1, {}, new Error("a"), () => {}, Object.create(null)]) {
    assert.equal(isOAuthError(value), false);
    assert.equal(value instanceof Own, false);
  }
  assert.deepEqual(Object.keys(error), ["code", "retryable"]);
});

/** The causes of engines and loaders, and the next step. @type {[cause: Error, retryable: boolean, next: RegExp][]} */
const CAUSES = [
  [Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT" }), false, /^import grantkit\/inline, or leave /],
  [
    Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL" }),
    false,
    /^import grantkit\/inline, or leave /,
  ],
  [new TypeError("Failed to construct 'URL': Invalid URL"), false, /^import grantkit\/inline, or leave /],
  [new TypeError("URL constructor: undefined is not a valid URL."), false, /^import grantkit\/inline, or leave /],
  [new Error("no response for file:///app/a.wasm"), false, /^import grantkit\/inline, or leave /],
  [new Error("no response for https://app.example/a.wasm"), true, /^check the network and the connect-src /],
  [new Error("HTTP 503 for https://app.example/a.wasm"), true, /^serve it beside the package's code /],
  [new Error("HTTP 404 for https://app.example/a.wasm"), false, /^serve it beside the package's code /],
  [new WebAssembly.CompileError("expected magic word 00 61 73 6d"), false, /^serve it beside the package's code /],
  [
    new WebAssembly.CompileError("Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not"),
    false,
    /^add 'wasm-unsafe-eval' to its script-src$/,
  ],
  [new WebAssembly.CompileError("call to WebAssembly.compile() blocked by CSP"), false, /^add 'wasm-unsafe-eval' /],
  [new WebAssembly.CompileError("Wasm code generation disallowed by embedder"), false, /^import grantkit, and build /],
];

test("a module that cannot be loaded is module_unavailable, and says what to do in this runtime", () => {
  for (const [cause, retryable, next] of CAUSES) {
    const error = moduleUnavailable("grantkit_bg.wasm", "grantkit", cause);
    assert.deepEqual(
      [error.code, error.retryable, error.cause],
      ["module_unavailable", retryable, cause],
      cause.message,
    );
    assert.match(error.next, next, cause.message);
    assert.match(error.message, /^the WebAssembly module cannot be loaded, because /);
    assert.doesNotMatch(error.message, /FILE|ENTRY/);
  }
  const { WebAssembly: kept } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, "WebAssembly");
    const error = moduleUnavailable("a.wasm", "grantkit", new ReferenceError("WebAssembly is not defined"));
    assert.deepEqual([error.next, error.retryable], ["call grantkit on a server", false]);
  } finally {
    Object.assign(globalThis, { WebAssembly: kept });
  }
});

test("a page whose request for the module has no response may try again", async () => {
  const fetch = mock.method(globalThis, "fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  try {
    await assert.rejects(source(), { message: /^no response for file:.*grantkit_bg\.wasm$/ });
  } finally {
    fetch.mock.restore();
  }
});

test("a grant that is not in the store: the error names the file and the way of a Self Client", async () => {
  const fetch = async () => tokenResponse();
  const self = new OAuthClient({
    server: { issuer: "https://as.example", token_endpoint: "https://as.example/token" },
    client_id: "id",
    fetch,
  });
  const web = plainClient(fetch);
  const path = "/nowhere/grants.json";
  const named = (/** @type {string} */ options) =>
    `save() the tokens of a new grant, which npx grantkit self-client${options} gets for a Self Client of Zoho`;
  const absent = { code: /** @type {const} */ ("reauthorization_required") };
  const record = async () => undefined;
  for (const store of [fileStore(path), sealedStore(fileStore(path), sealer(KEY))]) {
    const { lock: _, ...others } = store;
    const error = await rejects(new TokenManager(self, { ...others, load: record }).accessToken(), absent);
    assert.equal(error.message, `grant "default" is not in ${path}: ${named(` --file ${path}`)}`);
    const other = new TokenManager(self, { ...others, load: record }, { key: "ada" });
    assert.equal((await rejects(other.accessToken(), absent)).next, named(` --file ${path} --profile ada`));
  }
  const inMemory = await rejects(new TokenManager(self, memoryStore()).accessToken(), absent);
  assert.equal(inMemory.message, `grant "default" is not in the store: ${named("")}`);
  const user = await rejects(new TokenManager(web, memoryStore()).accessToken(), absent);
  const next = "send the user through a new authorization request, and save() its tokens";
  assert.equal(user.message, `grant "default" is not in the store: ${next}`);
});
