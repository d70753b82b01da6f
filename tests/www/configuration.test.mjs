// The error for a missing or invalid variable names the variable and says how to set it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readEnv } from "../../www/worker/config.js";
import { HttpError } from "../../www/worker/http-error.js";
import { demo } from "./support/demo.mjs";

const KEY = Buffer.alloc(32, 1).toString("base64url");
const COMPLETE = {
  ORIGIN: "https://demo.example",
  ZOHO_LOCATION: "eu",
  ZOHO_CLIENT_ID: "1000.A",
  ZOHO_CLIENT_SECRET: "s",
  SESSION_KEYS: KEY,
};

/** @param {Record<string, string | undefined>} changes */
const configured = (changes) => readEnv(/** @type {any} */ ({ ...COMPLETE, ...changes }));

test("the required variables are sufficient", () => {
  assert.deepEqual(configured({}), {
    origin: "https://demo.example",
    redirect_uri: "https://demo.example/callback",
    location: "eu",
    web: { client_id: "1000.A", client_secret: "s" },
    self: undefined,
    keys: [KEY],
    sessionSeconds: { anonymous: 86_400, connected: 2_592_000 },
    zoho: {},
  });
});

test("the optional variables are read", () => {
  const other = Buffer.alloc(32, 2).toString("base64url");
  const config = configured({
    ORIGIN: "http://localhost:8787",
    ZOHO_LOCATION: "",
    ZOHO_CLIENT_SECRET: '{"us":"a","eu":"b"}',
    SELF_CLIENT_ID: "1000.S",
    SELF_CLIENT_SECRET: "t",
    SESSION_KEYS: ` ${KEY}  ${other}\n`,
    SESSION_SECONDS: "3600",
    ZOHO_ORIGINS: '{"accounts":{"us":"http://127.0.0.1:1"},"api":{"us":"http://127.0.0.1:2"}}',
  });
  assert.equal(config.redirect_uri, "http://localhost:8787/callback");
  assert.equal(config.location, "us");
  assert.deepEqual(config.web.client_secret, { us: "a", eu: "b" });
  assert.deepEqual(config.self, { client_id: "1000.S", client_secret: "t" });
  assert.deepEqual(config.keys, [KEY, other]);
  assert.deepEqual(config.sessionSeconds, { anonymous: 3600, connected: 3600 });
  assert.deepEqual(config.zoho, {
    accountsServer: { us: "http://127.0.0.1:1" },
    apiDomain: { us: "http://127.0.0.1:2" },
  });
});

const VARIABLE = "set it under [vars] in www/wrangler.toml, and deploy again";
/** @param {string} name */
const secret = (name) => `npx wrangler secret put ${name} --config www/wrangler.toml`;

for (const [name, value, problem, next] of /** @type {[string, string | undefined, string, string][]} */ ([
  ["ORIGIN", undefined, "is not set", VARIABLE],
  ["ORIGIN", "", "is not set", VARIABLE],
  ["ORIGIN", "demo.example", "is not https:// and a host", VARIABLE],
  ["ORIGIN", "http://demo.example", "is not https:// and a host", VARIABLE],
  ["ORIGIN", "https://demo.example/", "is not https:// and a host", VARIABLE],
  ["ORIGIN", "https://a@demo.example", "is not https:// and a host", VARIABLE],
  ["ORIGIN", "https://demo.example/path", "is not https:// and a host", VARIABLE],
  ["ZOHO_LOCATION", "com", "is not one of us, eu, in, au, jp, cn, ca, sa, uk, ae:", VARIABLE],
  ["ZOHO_CLIENT_ID", undefined, "is not set", VARIABLE],
  ["ZOHO_CLIENT_SECRET", undefined, "is not set", secret("ZOHO_CLIENT_SECRET")],
  ["ZOHO_CLIENT_SECRET", "{us}", "is neither a secret nor JSON", secret("ZOHO_CLIENT_SECRET")],
  ["ZOHO_CLIENT_SECRET", '{"com":"a"}', "is neither a secret nor JSON", secret("ZOHO_CLIENT_SECRET")],
  ["ZOHO_CLIENT_SECRET", '{"us":5}', "is neither a secret nor JSON", secret("ZOHO_CLIENT_SECRET")],
  ["SELF_CLIENT_SECRET", undefined, "is not set", secret("SELF_CLIENT_SECRET")],
  [
    "SESSION_KEYS",
    undefined,
    "is not set",
    `openssl rand -base64 32 | tr '+/' '-_' | tr -d =, then run ${secret("SESSION_KEYS")}`,
  ],
  ["SESSION_KEYS", "short", "is not a list of 32-byte keys", secret("SESSION_KEYS")],
  ["SESSION_KEYS", `${KEY},${KEY}`, "is not a list of 32-byte keys", secret("SESSION_KEYS")],
  ["SESSION_SECONDS", "never", "is not a whole number from 1 to 34560000", VARIABLE],
  ["SESSION_SECONDS", "0", "is not a whole number from 1 to 34560000", VARIABLE],
  ["SESSION_SECONDS", "34560001", "is not a whole number from 1 to 34560000", VARIABLE],
  ["ZOHO_ORIGINS", "{}", 'is not JSON with "accounts" and "api"', "remove it"],
  ["ZOHO_ORIGINS", "http://127.0.0.1", 'is not JSON with "accounts" and "api"', "remove it"],
])) {
  test(`${name} ${value === undefined ? "absent" : JSON.stringify(value).replaceAll(KEY, "KEY")}`, () => {
    assert.throws(
      () => configured({ SELF_CLIENT_ID: "1000.S", SELF_CLIENT_SECRET: "t", [name]: value }),
      (error) => {
        assert.ok(error instanceof HttpError);
        assert.deepEqual([error.status, error.code], [500, "invalid_configuration"]);
        assert.ok(error.message.startsWith(`${name} ${problem}`), error.message);
        assert.ok(error.message.includes(next), error.message);
        if (value && /SECRET|KEYS/.test(name)) assert.equal(error.message.includes(value), false);
        return true;
      },
    );
  });
}

test("a session may last for the longest lifetime of a cookie", async () => {
  const world = await demo({ variables: { SESSION_SECONDS: "34560000" } });
  const browser = world.visitor();
  assert.equal((await browser.connect()).headers.get("location"), "/");
  assert.equal((await browser.session()).connected, true);
});

test("the page and every route report an invalid configuration, and the style sheet still loads", async () => {
  const world = await demo({ variables: { ZOHO_CLIENT_SECRET: undefined } });
  const browser = world.visitor();
  for (const path of ["/", "/login", "/failed"]) {
    const response = await browser.visit(path);
    assert.equal(response.status, 500, path);
    const text = (await response.text()).replaceAll("&#39;", "'");
    assert.match(text, /<code>invalid_configuration<\/code>/);
    assert.ok(text.includes(`ZOHO_CLIENT_SECRET is not set: ${secret("ZOHO_CLIENT_SECRET")}`));
    assert.doesNotMatch(text, /\bat .*\.js/);
  }
  for (const path of ["/api/config", "/api/session", "/api/crm/v8/org"]) {
    const { status, body } = await browser.get(path);
    assert.deepEqual([status, body.error.code], [500, "invalid_configuration"], path);
  }
  const callback = await browser.visit("/callback?code=secret-code&state=a");
  assert.deepEqual([callback.status, callback.headers.get("location")], [303, "/failed"]);
  assert.equal((await browser.visit("/style.css")).status, 200);
  assert.deepEqual(world.logged, []);
});
