// The fake Zoho (src/testing) with a fetch, and as servers.

import { source } from "#testing-wasm";
import { knownMembers, MAX_LENGTH } from "./check.js";
import { OAuthError } from "./errors.js";
import { respond, untilAborted } from "./fake-transport.js";
import { moduleUnavailable } from "./module-unavailable.js";
import { zohoRegions } from "./profiles.js";
import * as glue from "./wasm/testing.js";

/** @typedef {import("./testing.js").FakeZoho} FakeZoho */
/** @typedef {FakeZoho["log"][number]} LogEntry */
/** @typedef {import("./fake-transport.js").FakeResponse} FakeResponse */
/** @typedef {(method: string, url: string, headers: [string, string][], body: Uint8Array) => FakeResponse} Handle */

/** @type {() => unknown} */
let bytes = source;
/** @type {Promise<unknown> | undefined} */
let ready;

/** Replaces the source of the module, before anything is loaded; `grantkit/testing/inline` does. */
export function provide(/** @type {() => unknown} */ other) {
  bytes = other;
}

function load() {
  ready ??= Promise.resolve()
    .then(bytes)
    .then((from) => glue.default({ module_or_path: /** @type {any} */ (from) }))
    .catch((cause) => {
      ready = undefined;
      throw moduleUnavailable("testing_bg.wasm", "grantkit/testing", cause);
    });
  return ready;
}

/** @type {typeof import("./testing.js").fakeZoho} */
export async function fakeZoho(options = {}) {
  await load();
  const fake = attempt(() => new glue.Fake(sized(JSON.stringify(options))));
  /** @type {LogEntry[]} */
  const log = [];
  let listening = false;

  /** @type {Handle} */
  const handle = (method, url, headers, body) => {
    // A memory that is full cannot be used any more.
    const isLarge = JSON.stringify([url, headers]).length + body.length > MAX_LENGTH;
    if (isLarge) return { status: 413, headers: [], body: new Uint8Array() };
    const { logged, ...response } = fake.handle(method, url, headers, body);
    log.push(logged);
    return response;
  };

  return {
    async fetch(input, init) {
      const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
      const request = new Request(input, init);
      const body = new Uint8Array(await untilAborted(request.arrayBuffer(), signal));
      return untilAborted(respond(handle(request.method, request.url, [...request.headers], body), signal), signal);
    },

    async listen(port = 0) {
      if (listening) throw misuse("the fake listens already: call close() of what listen() resolved to");
      whole(port, "port");
      listening = true;
      try {
        const { serve } = await import("#testing-server");
        const served = await serve(zohoRegions, port, handle);
        for (const { location, accounts_server, api_domains } of zohoRegions) {
          fake.bind_origin(accounts_server, served.accounts[location]);
          fake.bind_origin(api_domains[0] ?? "", served.api[location]);
        }
        const end = async () => {
          fake.unbind_origins();
          await served.close();
          listening = false;
        };
        /** @type {Promise<void> | undefined} */
        let ended;
        const close = () => {
          ended ??= end();
          return ended;
        };
        return { accounts: served.accounts, api: served.api, close };
      } catch (error) {
        listening = false;
        throw error;
      }
    },

    selfClientCode(options) {
      knownMembers("selfClientCode", options, ["client_id", "scope", "location", "seconds"]);
      const { client_id, scope, location, seconds } = options;
      const life = seconds === undefined ? undefined : whole(seconds, "seconds");
      sized(JSON.stringify([client_id, scope, location]));
      return attempt(() => fake.self_client_code(client_id, scope, location, life));
    },

    consent(authorizationUrl, options = {}) {
      knownMembers("consent", options, ["email", "deny"]);
      const { email, deny = false } = options;
      sized(JSON.stringify([authorizationUrl, email]));
      return attempt(() => fake.consent(String(authorizationUrl), email, deny));
    },

    advance(seconds) {
      fake.advance(whole(seconds, "seconds"));
    },

    revokeAll() {
      fake.revoke_all();
    },

    fail(endpoint, how, times = 1) {
      attempt(() => fake.fail(endpoint, how, whole(times, "times")));
    },

    get log() {
      return log;
    },
  };
}

/** @param {string} text */
function sized(text) {
  if (text?.length > MAX_LENGTH) throw misuse("the input of the fake has more than 1 MiB: pass less");
  return text;
}

/** @param {string} message */
function misuse(message) {
  return new OAuthError("invalid_configuration", message);
}

/** Runs a call of the fake. Its errors become OAuthErrors. @template T @param {() => T} call @returns {T} */
function attempt(call) {
  try {
    return call();
  } catch (error) {
    if (error instanceof OAuthError) throw error;
    throw misuse(/** @type {Error} */ (error).message);
  }
}

/** @param {number} number @param {string} name */
function whole(number, name) {
  if (Number.isInteger(number) && number >= 0 && number < 2 ** 32) return number;
  throw misuse(`${name} is ${number}: pass a whole number from 0 to ${2 ** 32 - 1}`);
}
