// The members of an OAuthError, and the secrets that none of them may show: a custom fetch may reject with anything.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { memoryStore, OAuthError, TokenManager } from "grantkit";
import { moduleUnavailable } from "../../pkg/module-unavailable.js";
import { describe, toSend, vaultError } from "../../pkg/vault-error.js";
import { NOW, plainClient, rejects, SECRET, TOKENS, tokenResponse } from "./support/plain.mjs";

const BASIC = `Basic ${btoa(`plain:${SECRET}`)}`;

/** Every text that a logger could print of an error and its causes. @param {Error} error */
function textsOf(error) {
  const texts = [inspect(error, { depth: 20, showHidden: true, getters: true }), JSON.stringify(error), String(error)];
  for (let each = /** @type {any} */ (error); each instanceof Error; each = each.cause) {
    texts.push(each.message, each.stack ?? "", JSON.stringify(each), JSON.stringify({ ...each }));
    texts.push(...Object.getOwnPropertyNames(each).map((name) => inspect(Reflect.get(each, name), { depth: 20 })));
  }
  return texts;
}

/** @param {Error} error @param {string[]} secrets */
function showsNone(error, secrets) {
  const bytes = secrets.map((secret) => Buffer.from(secret).toString("hex").match(/../g)?.join(" ") ?? secret);
  for (const text of textsOf(error)) {
    for (const secret of [...secrets, ...bytes]) assert.ok(!text.includes(secret), `${secret} in ${text}`);
  }
}

/**
 * The error of a refresh whose fetch rejects with a reason made from the request.
 *
 * @param {(init: any, url: string) => unknown} reason
 * @param {Partial<import("grantkit").ClientConfig>} [changes]
 */
async function rejection(reason, changes) {
  const client = plainClient((url, init) => Promise.reject(reason(init, url)), changes);
  const error = await rejects(client.refreshTokenGrant(TOKENS), { code: "network", retryable: true });
  showsNone(error, [SECRET, TOKENS.refresh_token, BASIC, BASIC.slice(6)]);
  return error;
}

class Wrapper {
  /** @param {unknown} request */
  constructor(request) {
    this.request = request;
  }
}

/** An error whose message is a getter of its class. */
class GetterError extends Error {
  #text;

  /** @param {() => string} text */
  constructor(text) {
    super();
    this.#text = text;
  }

  /** @override */
  get message() {
    return this.#text();
  }
}

/**
 * Reasons that hold the request or parts of it.
 *
 * @type {Record<string, (init: any, url: string) => unknown>}
 */
const HOLDERS = {
  "the init": (init) => init,
  "the body": (init) => init.body,
  "a text around the body": (init) => `could not send ${init.body}!`,
  "an array": (init) => [init],
  "a Map": (init) => new Map([["init", init.body]]),
  "a Set": (init) => new Set([init.body]),
  "form data": (init) => new URLSearchParams(init.body),
  "a URL": (init) => new URL(`https://as.example/?${init.body}`),
  bytes: (init) => Buffer.from(init.body),
  "an ArrayBuffer": (init) => new TextEncoder().encode(init.body).buffer,
  "a Request": (init, url) => new Request(url, init),
  "an object of a class": (init) => new Wrapper(init),
  "a function": (init) => Object.assign(() => {}, { init }),
  "a symbol": (init) => Symbol(init.body),
  "a name of a member": (init) => ({ [init.body]: 1 }),
  "a getter": (init) => Object.defineProperty({}, "body", { get: () => init.body, enumerable: true }),
  "a getter that throws": () => Object.defineProperty({}, "body", { get: () => JSON.parse("{"), enumerable: true }),
  "a member that is not enumerable": (init) => Object.defineProperty({}, "body", { value: init.body }),
  "a member by a symbol": (init) => ({ [Symbol("body")]: init.body }),
  "a reference to itself": (init) => {
    const circular = { init, self: /** @type {unknown} */ (undefined) };
    circular.self = circular;
    return circular;
  },
  "thirty levels": (init) => Array.from({ length: 30 }).reduce((inner) => ({ inner }), init.body),
  "an error's message": (init) => new Error(`no: ${init.body}`),
  "an error's message by a getter": (init) => new GetterError(() => init.body),
  "an error's message by a getter that throws": () => new GetterError(() => JSON.parse("{")),
  "an error's name": (init) => Object.assign(new Error("no"), { name: init.body }),
  "an error's code": (init) => Object.assign(new Error("no"), { code: init.body }),
  "an error's member": (init) => Object.assign(new Error("no"), { config: init }),
  "an error's stack": (init) => Object.assign(new Error("no"), { stack: init.body }),
  "an error's cause": (init) => new Error("no", { cause: init }),
  "the cause of a cause": (init) => new Error("no", { cause: new Error("nor", { cause: { request: init.body } }) }),
  "one of many errors": (init) => new AggregateError([new Error("a"), new Error(init.body)], "all"),
  "a DOMException": (init) => new DOMException(init.body, "AbortError"),
  "only the secret": () => SECRET,
  "only the refresh token": () => ({ token: TOKENS.refresh_token }),
  "the body, encoded": (init) => encodeURIComponent(init.body),
};

for (const [what, holder] of Object.entries(HOLDERS)) {
  test(`a rejection with ${what} shows no secret`, async () => {
    const { cause } = await rejection(holder);
    assert.ok(cause instanceof Error);
  });
}

test("a rejection with Basic credentials shows no secret", async () => {
  const changes = { token_endpoint_auth_method: /** @type {const} */ ("client_secret_basic") };
  for (const reason of [
    (/** @type {any} */ init) => init,
    (/** @type {any} */ init) => init.headers,
    (/** @type {any} */ init) => new Headers(init.headers),
    (/** @type {any} */ init) => Object.assign(new Error("no"), { headers: new Headers(init.headers) }),
    () => BASIC,
    () => `credentials ${BASIC.slice(6)}`,
    () => ({ auth: { username: "plain", password: SECRET } }),
  ]) {
    await rejection(reason, changes);
  }
});

test("a rejection with a secret of reserved characters shows it in no encoding", async () => {
  const client_secret = "b@sic s:cr%41t+,'()*";
  const encoded = encodeURIComponent(client_secret);
  for (const token_endpoint_auth_method of /** @type {const} */ (["client_secret_post", "client_secret_basic"])) {
    const client = { client_secret, token_endpoint_auth_method };
    for (const text of [
      client_secret,
      encoded,
      encoded.toLowerCase(),
      `${new URLSearchParams({ a: client_secret })}`,
    ]) {
      showsNone(await rejection(() => new Error(`sent ${text}`), client), [client_secret, text]);
    }
    showsNone(await rejection((init) => init, client), [client_secret, encoded]);
  }
});

test("a rejection without a secret is the cause itself", async () => {
  const inner = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED", errno: -111 });
  const socket = Object.assign(new Error("other side closed"), {
    socket: { localPort: 1, bytesRead: 0, timeout: undefined },
  });
  for (const cause of [
    new TypeError("fetch failed", { cause: inner }),
    new TypeError("fetch failed", { cause: new AggregateError([inner, inner], "", { cause: socket }) }),
    new DOMException("The operation was aborted", "AbortError"),
    "text",
    { message: "plain object", nested: [{ deep: true }] },
  ]) {
    assert.equal((await rejection(() => cause)).cause, cause);
  }
});

test("a rejection too deep to be searched is not shown", async () => {
  const deep = (/** @type {number} */ levels) => Array.from({ length: levels }).reduce((inner) => ({ inner }), {});
  const shallow = deep(5);
  assert.equal((await rejection(() => shallow)).cause, shallow);
  assert.ok((await rejection(() => deep(6))).cause instanceof Error);
});

test("of a rejection with a secret, the names, messages and codes without one stay, also of its causes", async () => {
  const system = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const { cause } = await rejection((init) => {
    return Object.assign(new TypeError("fetch failed", { cause: system }), { code: "E_FETCH", request: init });
  });
  /** @param {any} error @returns {object} */
  const shown = ({ name, message, code, cause }) => ({ name, message, code, ...(cause && { cause: shown(cause) }) });
  assert.deepEqual(shown(cause), {
    name: "TypeError",
    message: "fetch failed",
    code: "E_FETCH",
    cause: { name: "Error", message: "connect ECONNREFUSED", code: "ECONNREFUSED" },
  });
  const { cause: hidden } = await rejection((init) => new Error(init.body));
  assert.deepEqual(shown(hidden), { name: "Error", message: "not shown, because it holds a secret", code: undefined });
});

test("a body that fails with the request in its error shows no secret", async () => {
  const client = plainClient((_url, init) => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error(`no: ${init.body}`)) });
    return new Response(body);
  });
  showsNone(await rejects(client.refreshTokenGrant(TOKENS), { code: "network" }), [SECRET, TOKENS.refresh_token]);
});

test("an OAuthError is an Error with the members that it was given", () => {
  const cause = new Error("why");
  const Made = /** @type {new (...given: unknown[]) => OAuthError} */ (/** @type {unknown} */ (OAuthError));
  const error = new Made("throttled", "wait", {
    retryable: true,
    retryAfter: 7,
    status: 429,
    error: "slow",
    cause,
  });
  assert.ok(error instanceof Error);
  assert.equal(String(error), "OAuthError: wait");
  assert.equal(Object.prototype.toString.call(error), "[object Error]");
  assert.match(error.stack ?? "", /^OAuthError: wait\n {4}at /);
  assert.deepEqual({ ...error }, { code: "throttled", retryable: true, retryAfter: 7, status: 429, error: "slow" });
  assert.equal(error.cause, cause);
  assert.deepEqual(Object.keys(new Made("network", "no")), ["code", "retryable"]);
});

test("the tokens of an error are readable, and in none of its texts", async () => {
  const client = plainClient(() => Response.json({ access_token: "1000.at.only", token_type: "Bearer" }), {
    server: { profile: "zoho" },
  });
  const error = await rejects(client.exchangeCode("1000.code"), { code: "refresh_token_missing" });
  assert.equal(error.tokens?.access_token, "1000.at.only");
  assert.equal(Object.keys(error).includes("tokens"), false);
  const texts = [
    inspect(error, { showHidden: true, depth: 9 }),
    JSON.stringify(error),
    String(error),
    error.stack ?? "",
  ];
  for (const text of texts) assert.ok(!text.includes("1000.at.only"), text);
  assert.deepEqual(structuredClone(error.tokens), JSON.parse(JSON.stringify(error.tokens)));
});

test("no response changes Object.prototype", async () => {
  const traps = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}';
  const bodies = [`{"access_token":"a","token_type":"Bearer",${traps}}`, `{"error":"invalid_grant",${traps}}`];
  for (const body of bodies) {
    await plainClient(() => new Response(body))
      .refreshTokenGrant(TOKENS)
      .catch(() => {});
  }
  assert.equal("polluted" in {}, false);
  assert.equal("polluted" in Object, false);
});

test("every method rejects invalid arguments with an OAuthError", async () => {
  const odd = [undefined, null, 0, "", "text", true, [], {}, Symbol("x"), () => {}, new Date(0), Object.create(null)];
  const client = /** @type {any} */ (plainClient(() => Response.json({ error: "invalid_grant" }, { status: 400 })));
  const methods = ["authorizationRequest", "validateAuthorizationResponse", "authorizationCodeGrant", "exchangeCode"];
  for (const method of [...methods, "refreshTokenGrant", "revoke"]) {
    for (const first of odd) {
      for (const second of odd) {
        const error = await client[method](first, second).catch((/** @type {unknown} */ reason) => reason);
        assert.ok(!(error instanceof Error) || error instanceof OAuthError, `${method}: ${inspect(error)}`);
      }
    }
  }
  for (const member of ["state", "code_verifier", "issuer", "redirect_uri", "created_at", "expires_at", "offline"]) {
    const { pending } = await client.authorizationRequest({ scope: "a" });
    const url = `https://app.example/cb?code=a&state=${pending.state}`;
    for (const value of odd) {
      const call = client.validateAuthorizationResponse(url, { ...pending, [member]: value });
      const error = await call.catch((/** @type {unknown} */ reason) => reason);
      assert.ok(!(error instanceof Error) || error instanceof OAuthError, `${member}: ${inspect(error)}`);
    }
  }
});

test("a clock that returns no time is an invalid configuration, and nothing is sent", async () => {
  const { pending } = await plainClient(() => new Response()).authorizationRequest({ scope: "a" });
  for (const time of [Number.NaN, Number.POSITIVE_INFINITY, undefined, null, "soon", {}, BigInt(NOW)]) {
    const client = plainClient(() => assert.fail("sent"), { clock: /** @type {any} */ (() => time) });
    for (const call of [
      () => client.refreshTokenGrant(TOKENS),
      () => client.revoke(TOKENS),
      () => client.authorizationRequest({ scope: "a" }),
      () => client.validateAuthorizationResponse(`?code=a&state=${pending.state}`, pending),
    ]) {
      await rejects(call(), {
        code: "invalid_configuration",
        message: "clock returned no number: return milliseconds, as Date.now does",
      });
    }
  }
});

/** @param {string} error @param {number} [status] */
const errorResponse = (error, status = 400) => Response.json({ error }, { status });

/** A client with an attempt that waits for its callback. */
async function attempted() {
  const client = plainClient(() => tokenResponse());
  return { client, ...(await client.authorizationRequest({ scope: "a" })) };
}

/**
 * For each code a call that rejects with it, and what the error's next step says.
 *
 * @type {Record<import("grantkit").OAuthErrorCode, [call: () => Promise<unknown>, next: RegExp]>}
 */
const FAILURES = {
  invalid_configuration: [
    () => plainClient(() => tokenResponse(), { redirect_uri: "relative" }).authorizationRequest({ scope: "a" }),
    /^give the URI exactly as it is registered$/,
  ],
  client_rejected: [
    () => plainClient(() => errorResponse("invalid_client", 401)).refreshTokenGrant(TOKENS),
    /^check client_id, client_secret, redirect_uri and token_endpoint_auth_method /,
  ],
  authorization_response: [
    async () => {
      const { client, pending } = await attempted();
      return client.authorizationCodeGrant(`?error=access_denied&state=${pending.state}`, pending);
    },
    /^ask the user again when they want to connect$/,
  ],
  callback_mismatch: [
    async () => {
      const { client, pending } = await attempted();
      return client.authorizationCodeGrant("?code=1000.code", pending);
    },
    /^pass the whole callback URL, or start a new authorization request$/,
  ],
  code_rejected: [
    () => plainClient(() => errorResponse("invalid_grant")).exchangeCode("1000.code"),
    /send the user through a new authorization request$/,
  ],
  reauthorization_required: [
    () => plainClient(() => tokenResponse()).refreshTokenGrant({ access_token: "a", token_type: "Bearer" }),
    /^send the user through a new authorization request$/,
  ],
  refresh_token_missing: [
    () => plainClient(() => tokenResponse(), { server: { profile: "zoho" } }).exchangeCode("1000.code"),
    /or use the tokens of this error until they expire$/,
  ],
  throttled: [
    () => plainClient(() => errorResponse("slow_down", 429)).refreshTokenGrant(TOKENS),
    /^wait, and reuse an access token until it expires$/,
  ],
  insufficient_scope: [
    () => plainClient(() => errorResponse("invalid_scope")).refreshTokenGrant(TOKENS),
    /ask for a scope that was granted, or send the user /,
  ],
  unexpected_response: [
    () => plainClient(() => new Response("", { status: 503 })).refreshTokenGrant(TOKENS),
    /^try again later$/,
  ],
  malformed_response: [() => plainClient(() => new Response("[]")).refreshTokenGrant(TOKENS), /^check the endpoint$/],
  network: [
    () => plainClient(() => Promise.reject(new TypeError("fetch failed"))).refreshTokenGrant(TOKENS),
    /^check the host name, the network and TLS, then try again/,
  ],
  timeout: [
    () => plainClient(() => new Promise(() => {}), { timeoutMs: 1 }).refreshTokenGrant(TOKENS),
    /^try again later, or raise timeoutMs$/,
  ],
  aborted: [
    () => plainClient(() => tokenResponse()).refreshTokenGrant(TOKENS, { signal: AbortSignal.abort() }),
    /^call again without it$/,
  ],
  store: [
    () =>
      new TokenManager(
        plainClient(() => tokenResponse()),
        { ...memoryStore(), save: async () => false },
      ).save(TOKENS),
    /^try again$/,
  ],
  module_unavailable: [
    async () => {
      throw moduleUnavailable("grantkit_bg.wasm", "grantkit", new Error("HTTP 404 for https://app.example/a.wasm"));
    },
    /^serve it beside the package's code as application\/wasm, or import grantkit\/inline$/,
  ],
};

for (const [code, [call, next]] of Object.entries(FAILURES)) {
  test(`an error of code ${code} names its next step, as its message does`, async () => {
    const error = await rejects(call(), { code: /** @type {import("grantkit").OAuthErrorCode} */ (code) });
    assert.match(error.next, next);
    assert.ok(error.message.endsWith(`: ${error.next}`), error.message);
    assert.ok(!("next" in JSON.parse(JSON.stringify(error))) && !Object.keys(error).includes("next"));
  });
}

test("an error of an argument of the manager names its next step, and so does that of a fetch without a Response", async () => {
  const client = plainClient(() => tokenResponse());
  /** @param {any} [store] @param {any} [options] */
  const managerOf = async (store = memoryStore(), options = {}) => new TokenManager(client, store, options);
  const manager = await managerOf();
  const seconds = "is not a whole number of seconds: pass such a number, or omit it";
  for (const [call, message] of /** @type {[Promise<unknown>, string][]} */ ([
    [managerOf({}), "the store is not a TokenStore: pass one, such as memoryStore()"],
    [managerOf(memoryStore(), { leeway: -1 }), `leeway ${seconds}`],
    [manager.accessToken({ minValidity: 1.5 }), `minValidity ${seconds}`],
    [
      manager.save(/** @type {any} */ ({})),
      "tokens.access_token is not a token (RFC 6749 appendix A): pass what a grant of the client returned",
    ],
  ])) {
    await rejects(call, { code: "invalid_configuration", message, next: message.replace(/^.*: /, "") });
  }
  const { cause } = await rejects(plainClient(() => ({})).refreshTokenGrant(TOKENS), { code: "network" });
  assert.equal(
    /** @type {Error} */ (cause).message,
    "fetch resolved to no Response: pass a fetch that resolves to one",
  );
});

test("the next step is what follows the last colon and space, unless the error was given another", () => {
  const Made = /** @type {new (...given: unknown[]) => OAuthError} */ (/** @type {unknown} */ (OAuthError));
  const next = 'pass parameters { prompt: "consent" }';
  for (const [message, given, expected] of [
    ["no response from as.example:8443: check the network", undefined, "check the network"],
    ['grant "a: b": no refresh token: connect again', undefined, "connect again"],
    [`no refresh token: ${next}`, next, next],
    ["the file cannot be read: EACCES: permission denied", "check its permissions", "check its permissions"],
    ["scope must be a string", undefined, "scope must be a string"],
  ]) {
    const error = new Made("store", message, { next: given });
    assert.deepEqual([error.next, error.message], [expected, message]);
    assert.deepEqual({ ...error }, { code: "store", retryable: false });
  }
});

test("the next step arrives from a vault in another Worker, which sends the message only", async () => {
  for (const [code, [call]] of Object.entries(FAILURES)) {
    const error = await rejects(call(), { code: /** @type {import("grantkit").OAuthErrorCode} */ (code) });
    const received = vaultError(new Error(toSend(describe(error)).message));
    assert.deepEqual([received?.next, received?.message], [error.next, error.message]);
  }
});

test("a next step that the error was given arrives from a vault, and so does the end of the message", () => {
  const Made = /** @type {new (...given: unknown[]) => OAuthError} */ (/** @type {unknown} */ (OAuthError));
  for (const [message, given, next] of [
    ["the store failed: EACCES: permission denied", "check its permissions", "check its permissions"],
    ["the store failed: try again", undefined, "try again"],
  ]) {
    const sent = toSend(describe(new Made("store", message, { next: given })));
    const received = vaultError(new Error(sent.message));
    assert.deepEqual([sent.next, received?.next, received?.message], [next, next, message]);
  }
});

test("an error of a store gives its reason before the next step, also with tokens that are not saved", async () => {
  const client = plainClient(() => tokenResponse());
  const Made = /** @type {new (...given: unknown[]) => OAuthError} */ (/** @type {unknown} */ (OAuthError));
  const reason = new Made("store", "the file cannot be written (ENOSPC): free space on the disk");
  const last = "call again, which saves the `tokens` of this error first";
  for (const [thrown, text] of /** @type {const} */ ([
    [reason, `(${reason.message})`],
    [new Error("full: disk"), "(see `cause`)"],
  ])) {
    const store = { ...memoryStore(), save: () => Promise.reject(thrown) };
    const error = await rejects(new TokenManager(client, store).save(TOKENS), { code: "store", next: last });
    assert.equal(
      error.message,
      `grant "default": its new tokens are not saved, because the store failed ${text}: ${last}`,
    );
  }
  const unreadable = { ...memoryStore(), load: () => Promise.reject(new Error("full: disk")) };
  await rejects(new TokenManager(client, unreadable).accessToken(), {
    message: 'grant "default": the store failed: see `cause`, then call again',
  });
});

/** The error of a code exchange whose response is an error response. @param {string} code @param {Record<string, string>} members */
const echoed = (code, members) =>
  plainClient(() => Response.json(members, { status: 400 }), { client_secret: "a-longer-secret" })
    .exchangeCode(code)
    .then(
      () => assert.fail("resolved"),
      (reason) => /** @type {OAuthError} */ (reason),
    );

test("a short secret is redacted as a whole word only", async () => {
  for (const [code, description, shown] of /** @type {[string, string, string][]} */ ([
    ["a", "a code: a, or =a&b; banana", "[redacted] code: [redacted], or =[redacted]&b; banana"],
    [
      "grant",
      "grant, invalid_grant, grants, 1grant, grant-type",
      "[redacted], invalid_grant, grants, 1grant, grant-type",
    ],
    ["\u00e9", "caf\u00e9 \u00e9 %C3%A9", "caf\u00e9 [redacted] [redacted]"],
    ["a b", "a+b and a%20b, but xa b", "[redacted] and [redacted], but xa b"],
    ["12345", "12345 123456", "[redacted] 123456"],
    ["123456", "123456 x123456x", "[redacted] x[redacted]x"],
    [
      "\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}",
      "x\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}",
      "x\u{1f511}\u{1f511}\u{1f511}\u{1f511}\u{1f511}",
    ],
  ])) {
    const error = await echoed(code, { error: "invalid_grant", error_description: description });
    assert.deepEqual([error.error, error.error_description], ["invalid_grant", shown]);
    assert.match(error.message, /^invalid_grant from as\.example, /);
  }
});

test("what was redacted is not searched again, and the longest secret goes first", async () => {
  const texts = {
    redacted: "redacted redacted%21",
    "longer-secret": "a-longer-secret longer-secret",
    "[redacted": "a-longer-secret",
  };
  const shown = ["[redacted] [redacted]%21", "[redacted] [redacted]", "[redacted]"];
  const errors = Object.entries(texts).map(([code, text]) => echoed(code, { error: "x", error_description: text }));
  assert.deepEqual(
    (await Promise.all(errors)).map((error) => error.error_description),
    shown,
  );
});

test("an error code that is a short secret is redacted wherever the message has it", async () => {
  const error = await echoed("as", { error: "as" });
  assert.equal(error.error, "[redacted]");
  assert.match(error.message, /^\[redacted\]\.example responded with HTTP 400 and \[redacted\], which /);
});

test("a long text of short secrets is redacted in time that grows with its length", async () => {
  const error = await echoed("a", { error: "invalid_grant", error_description: "a ".repeat(100_000) });
  assert.equal(error.error_description, "[redacted] ".repeat(46).slice(0, 500));
});

test("a cause without a short secret as a word is shown", async () => {
  const cause = new TypeError("fetch failed");
  const client = plainClient(() => Promise.reject(cause));
  assert.equal((await rejects(client.exchangeCode("a"), { code: "network" })).cause, cause);
  const hidden = plainClient((_url, init) => Promise.reject(new Error(`sent code=a ${init.method}`)));
  const error = await rejects(hidden.exchangeCode("a"), { code: "network" });
  assert.equal(/** @type {Error} */ (error.cause).message, "not shown, because it holds a secret");
});
