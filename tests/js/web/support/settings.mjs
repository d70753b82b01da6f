// Arguments: options, requests, and return_to.

import * as grantkit from "grantkit";
import { webFlow } from "grantkit/web";
import { equal, match, ok, rejects } from "../../../scenario/assert.mjs";
import { CLIENT, SCOPE } from "../../../scenario/setup.mjs";
import { KEY, ORIGIN, setUp } from "./setup.mjs";

/** @typedef {import("./setup.mjs").Test} Test */

/** @type {[return_to: string | null | undefined, path: string][]} */
const RETURN_PATHS = [
  [undefined, "/"],
  [null, "/"],
  ["", "/"],
  ["/", "/"],
  ["/leads?page=2&sort=a#row", "/leads?page=2&sort=a#row"],
  ["leads", "/leads"],
  ["?page=2", "/?page=2"],
  [`${ORIGIN}/leads?x`, "/leads?x"],
  [`${ORIGIN.toUpperCase()}:443/leads`, "/leads"],
  ["/a/../b/./c", "/b/c"],
  ["/leads?next=https://evil.example//", "/leads?next=https://evil.example//"],
  ["/@evil.example", "/@evil.example"],
  ["/%2F%2Fevil.example", "/%2F%2Fevil.example"],
  ["/%5Cevil.example", "/%5Cevil.example"],
  ["/a//b", "/a//b"],
  ["/Größe \u2028", "/Gr%C3%B6%C3%9Fe%20%E2%80%A8"],
];

const OTHER_ORIGINS = [
  "https://evil.example",
  "https://evil.example/leads",
  "http://app.example/",
  "https://app.example:8443/",
  "https://app.example.evil.example/",
  "https://app.example@evil.example/",
  "https://sub.app.example/",
  "//evil.example",
  "///evil.example",
  "//app.example@evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "\\/evil.example",
  "/a\\b",
  "/\t/evil.example",
  "/\n/evil.example",
  "\t//evil.example",
  "/leads\r\nset-cookie: a=b",
  "/\u0000",
  "/\u0085",
  "/\u007f",
  " //evil.example",
  "/.//evil.example",
  "/a/..//evil.example",
  "/%2e//evil.example",
  "/%2E%2e//evil.example",
  "/.//",
  `${ORIGIN}//evil.example`,
  "javascript:alert(1)",
  "data:text/html,x",
  "blob:https://app.example/0a1b",
  "file:///etc/passwd",
  "mailto:ann@example.com",
  "https://",
  "https://[",
];

const INVALID = /** @type {const} */ ({ code: "invalid_configuration" });

/** @param {() => unknown} call @param {RegExp} message */
async function throwsInvalid(call, message) {
  const error = await rejects(grantkit, Promise.resolve().then(call), INVALID, `${message}`);
  match(error.message, message, "message");
}

const request = new Request(`${ORIGIN}/login`);

/** @type {Test[]} */
export const settings = [
  {
    name: "return_to can be any path on the application's origin",
    async run() {
      const { begin, end, pass } = await setUp();
      for (const [return_to, path] of RETURN_PATHS) {
        // Zoho issues at most ten codes in ten minutes.
        pass(60);
        equal((await end((await begin({ return_to })).callback)).return_to, path, `${return_to}`);
      }
    },
  },
  {
    name: "return_to cannot be another origin or an ambiguous path",
    async run() {
      const { flow } = await setUp();
      for (const return_to of /** @type {any[]} */ ([...OTHER_ORIGINS, 1, {}, ["/"]])) {
        const error = await rejects(grantkit, flow.login(request, { return_to }), INVALID, JSON.stringify(return_to));
        equal(error.message, `return_to is not a path on ${ORIGIN}: pass one such as /settings`, "message");
      }
    },
  },
  {
    name: "return_to is limited by the size of a cookie",
    async run() {
      const { begin, end, flow } = await setUp();
      const longest = `/${"a".repeat(1050)}`;
      const { cookie, callback } = await begin({ return_to: longest });
      ok(cookie.name.length + cookie.value.length <= 2048, "the cookie fits");
      equal((await end(callback)).return_to, longest, "return_to");
      const error = await rejects(grantkit, flow.login(request, { return_to: longest.repeat(2) }), INVALID, "longer");
      match(error.message, /2048 bytes: shorten return_to/, "message");
    },
  },
  {
    name: "an invalid option is named",
    async run() {
      const { client } = await setUp();
      const sealer = grantkit.sealer(KEY);
      const make = (/** @type {any[]} */ ...values) => Reflect.apply(webFlow, undefined, values);
      await throwsInvalid(() => make(client), /^the options of webFlow are not an object: pass /);
      await throwsInvalid(() => make(client, { scope: SCOPE }), /^the sealer is not a Sealer: pass sealer\(keys\)$/);
      await throwsInvalid(
        () => make(client, { scope: SCOPE, sealer: KEY }),
        /^the sealer is not a Sealer: pass sealer\(keys\)$/,
      );
      await throwsInvalid(() => make(client, { sealer }), /^scope is neither a string nor a list of strings: pass /);
      await throwsInvalid(
        () => make(client, { sealer, scope: SCOPE, parameters: "prompt" }),
        /^parameters is not an object: pass /,
      );
      await throwsInvalid(() => make({}, { sealer, scope: SCOPE }), /^the client is not an OAuthClient: create one /);
      await throwsInvalid(
        () => make(undefined, { sealer, scope: SCOPE }),
        /^the client is not an OAuthClient: create one /,
      );
      const flow = make(client, { sealer, scope: SCOPE });
      for (const wrong of [undefined, "https://app.example/login", {}, new URL(ORIGIN)]) {
        await throwsInvalid(() => flow.login(wrong), /^login or callback got no Request: pass /);
        await throwsInvalid(() => flow.callback(wrong), /^login or callback got no Request: pass /);
      }
      await throwsInvalid(() => flow.login(request, null), /^the options of login are not an object: pass /);
      await throwsInvalid(() => flow.login(request, { parameters: "prompt" }), /^parameters is not an object: pass /);
      await throwsInvalid(
        () => flow.login(request, { scope: 1 }),
        /^scope is neither a string nor a list of strings: pass /,
      );
      await throwsInvalid(() => flow.login(request, { parameters: { state: "x" } }), /^parameters.state/);
    },
  },
  {
    name: "the redirect URI must be https, or http on loopback",
    async run() {
      const sealer = grantkit.sealer(KEY);
      const login = (/** @type {string | undefined} */ redirect_uri) => {
        const config = { server: grantkit.zoho(), ...CLIENT, ...(redirect_uri && { redirect_uri }) };
        return webFlow(new grantkit.OAuthClient(config), { sealer, scope: SCOPE }).login(request);
      };
      await throwsInvalid(() => login(undefined), /^redirect_uri is missing/);
      for (const uri of [
        "http://app.example/cb",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "http://notlocalhost/cb",
        "com.example.app:/cb",
      ]) {
        await throwsInvalid(() => login(uri), /redirect_uri is neither https nor http on loopback: /);
      }
    },
  },
];
