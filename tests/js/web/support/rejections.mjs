// Callbacks that give no tokens: the error for the application, and the cookie of the attempt.

import { equal, match, ok, rejects } from "../../../scenario/assert.mjs";
import { NOW, REDIRECT_URI } from "../../../scenario/setup.mjs";
import { altered, KEY, OTHER_KEY, PURPOSE, sealedOf, setUp } from "./setup.mjs";

/** @typedef {import("./setup.mjs").Test} Test */

const MISMATCH = /** @type {const} */ ({ code: "callback_mismatch", retryable: false });

/** The sealed value with one part changed. @param {string} sealed @param {number} at @param {(part: string) => string} change */
const withPart = (sealed, at, change) =>
  sealed
    .split(".")
    .map((part, index) => (index === at ? change(part) : part))
    .join(".");

/** The value of a cookie with its sealed part changed. @param {string} value @param {(sealed: string) => string} change */
const withSealed = (value, change) => value.replace(/[^:]*$/, change);

/** @param {string} part */
const flipped = (part) => (part.startsWith("A") ? "B" : "A") + part.slice(1);

/** Changes of a cookie's value. @type {Record<string, (value: string) => string>} */
const TAMPERED = {
  empty: () => "",
  "not a sealed value": () => "rubbish",
  truncated: (value) => value.slice(0, -1),
  "its header changed": (value) => withPart(value, 0, flipped),
  "its IV changed": (value) => withPart(value, 2, flipped),
  "its content changed": (value) => withPart(value, 3, flipped),
  "its tag changed": (value) => withPart(value, 4, flipped),
  "its tag missing": (value) => withPart(value, 4, () => ""),
};

/** Changes of a callback that must be rejected. @type {Record<string, (parameters: URLSearchParams) => void>} */
const FORGED = {
  "another accounts-server": (p) => p.set("accounts-server", "https://accounts.zoho.com.evil.example"),
  "another data centre": (p) => p.set("location", "eu"),
  "a duplicate code": (p) => p.append("code", "1000.other"),
  "a duplicate state": (p) => p.append("state", "other"),
  "another iss": (p) => p.set("iss", "https://evil.example"),
  "no code": (p) => p.delete("code"),
};

/** @type {Test[]} */
export const rejections = [
  {
    name: "a callback is accepted once",
    async run() {
      const { begin, end, fails, sent } = await setUp();
      const { callback } = await begin();
      await end(callback);
      const before = sent();
      const error = await fails(callback, MISMATCH, []);
      match(error.message, /no cookie of the attempt.*: start again/, "message");
      equal(sent(), before, "nothing was sent");
    },
  },
  {
    name: "a callback is rejected in another browser, even if that browser has its own attempt",
    async run() {
      const { begin, fails, sent, user } = await setUp();
      const { callback } = await begin();
      user.cookies.clear();
      await fails(callback, MISMATCH, []);
      const own = await begin();
      await fails(callback, MISMATCH, []);
      equal([...user.cookies.keys()], [own.cookie.name], "its own attempt stays");
      equal(sent(), 0, "nothing was sent");
    },
  },
  {
    name: "a denied request is authorization_response with access_denied",
    async run() {
      const { begin, fails, sent, user } = await setUp();
      const { callback, cookie } = await begin({}, { deny: true });
      await fails(callback, { code: "authorization_response", error: "access_denied" }, [cookie.name]);
      equal([sent(), user.cookies.size], [0, 0], "requests sent and cookies left");
    },
  },
  ...Object.entries(FORGED).map(([label, change]) => ({
    name: `a forged callback ends the attempt, and nothing is sent: ${label}`,
    async run() {
      const { begin, fails, sent, user } = await setUp();
      const { callback, cookie } = await begin();
      await fails(altered(callback, change), MISMATCH, [cookie.name]);
      equal([sent(), user.cookies.size], [0, 0], "requests sent and cookies left");
    },
  })),
  ...Object.entries(TAMPERED).map(([label, change]) => ({
    name: `a cookie that was changed does not open: ${label}`,
    async run() {
      const { begin, fails, sent, time, user } = await setUp();
      const { callback, cookie } = await begin();
      user.cookies.set(cookie.name, { value: withSealed(cookie.value, change), until: time.now + 600 });
      const error = await fails(callback, MISMATCH, [cookie.name]);
      match(error.message, /cannot be unsealed, .*: start again/, "message");
      equal(/** @type {any} */ (error.cause).code, "store", "cause");
      equal(sent(), 0, "nothing was sent");
    },
  })),
  {
    name: "the cookie of one attempt is rejected for another",
    async run() {
      const { begin, fails, sent, time, user } = await setUp();
      const [first, second] = [await begin(), await begin()];
      const [sealed = ""] = second.cookie.value.split(":").slice(-1);
      const value = withSealed(first.cookie.value, () => sealed);
      user.cookies.set(first.cookie.name, { value, until: time.now + 600 });
      await fails(first.callback, MISMATCH, [first.cookie.name]);
      equal(sent(), 0, "nothing was sent");
    },
  },
  {
    name: "a cookie of a sibling host is not an attempt",
    async run() {
      const { begin, fails, sent, time, user } = await setUp();
      const { callback, cookie } = await begin();
      const foreign = cookie.name.replace("__Host-", "");
      user.cookies.clear();
      user.cookies.set(foreign, { value: cookie.value, until: time.now + 600 });
      await fails(callback, MISMATCH, [foreign]);
      equal(sent(), 0, "nothing was sent");
    },
  },
  {
    name: "a cookie whose __Host- prefix follows a space character of JavaScript is not an attempt",
    async run() {
      const { begin, fails, sent, time, user } = await setUp();
      const { callback, cookie } = await begin();
      for (const space of ["\xa0", "\v", "\f"]) {
        user.cookies.clear();
        user.cookies.set("first", { value: "1", until: time.now + 600 });
        user.cookies.set(space + cookie.name, { value: cookie.value, until: time.now + 600 });
        await fails(callback, MISMATCH, [], { label: JSON.stringify(space) });
      }
      equal(sent(), 0, "nothing was sent");
    },
  },
  ...[REDIRECT_URI, "http://127.0.0.1:8787/callback"].map((redirect_uri) => ({
    name: `at ${redirect_uri}, a cookie that was sealed for another purpose, or has no Pending, is rejected`,
    async run() {
      const { begin, fails, sealer, sent, time, user } = await setUp({ redirect_uri });
      const { callback, cookie } = await begin();
      const pending = await sealer.unseal(sealedOf(cookie), { purpose: PURPOSE });
      for (const [value, purpose] of /** @type {[unknown, string][]} */ ([
        [pending, "session"],
        [null, PURPOSE],
        ["text", PURPOSE],
        [{ state: "x" }, PURPOSE],
        [{ state: "x", redirect_uri }, PURPOSE],
      ])) {
        const sealed = await sealer.seal(value, { purpose });
        user.cookies.set(cookie.name, { value: withSealed(cookie.value, () => sealed), until: time.now + 600 });
        await fails(callback, MISMATCH, [cookie.name], { label: `${JSON.stringify(value)} for ${purpose}` });
      }
      equal(sent(), 0, "nothing was sent");
    },
  })),
  {
    name: "an attempt expires after ten minutes, even if the browser keeps its cookie",
    async run() {
      const { begin, end, fails, time, sent, user } = await setUp();
      const [late, valid] = [await begin(), await begin()];
      for (const cookie of user.cookies.values()) cookie.until = NOW + 9999;
      // Zoho's clock is not advanced, since its codes expire before an attempt.
      time.now += 599;
      await end(valid.callback);
      time.now += 1;
      const before = sent();
      const error = await fails(late.callback, MISMATCH, [late.cookie.name]);
      match(error.message, /expired.*start again/, "message");
      equal(sent(), before, "nothing was sent");
    },
  },
  {
    name: "an attempt expires by the client's clock, even if the sealer has another",
    async run() {
      const { sealer } = await import("grantkit");
      const { begin, fails, pass, sent } = await setUp({ sealer: sealer(KEY, { clock: () => NOW * 1000 }) });
      const { callback, cookie } = await begin();
      const request = new Request(callback, { headers: { cookie: `${cookie.name}=${cookie.value}` } });
      pass(600);
      const error = await fails(request, MISMATCH, [cookie.name]);
      match(error.message, /expired.*start a new authorization request/, "message");
      equal(sent(), 0, "nothing was sent");
    },
  },
  {
    name: "a failed exchange ends the attempt",
    async run() {
      const { begin, fails, fake, sent, user } = await setUp();
      for (const [failure, code] of /** @type {const} */ ([
        ["http_500_html", "unexpected_response"],
        ["invalid_code", "code_rejected"],
        ["reset", "network"],
      ])) {
        const { callback, cookie } = await begin();
        fake.fail("token", failure);
        await fails(callback, { code }, [cookie.name], { label: failure });
        equal(user.cookies.size, 0, "cookies afterwards");
        const before = sent();
        await fails(callback, MISMATCH, [], { label: `${failure}, again` });
        equal(sent(), before, "nothing was sent again");
      }
    },
  },
  {
    name: "tokens without a refresh token are a member of the error",
    async run() {
      const { begin, fails, fake } = await setUp();
      const { callback, cookie } = await begin();
      fake.fail("token", "no_refresh_token");
      const { tokens } = await fails(callback, { code: "refresh_token_missing" }, [cookie.name]);
      ok(tokens?.access_token, "the access token is there");
    },
  },
  {
    name: "a callback without state, or with a method other than GET, ends no attempt",
    async run() {
      const { begin, end, fails, sent, user } = await setUp();
      const { callback } = await begin();
      for (const url of [altered(callback, (p) => p.delete("state")), altered(callback, (p) => p.set("state", ""))]) {
        const error = await fails(url, MISMATCH, []);
        match(error.message, /no state.*start again/, "message");
      }
      await fails(REDIRECT_URI, MISMATCH, []);
      await fails(callback.replace("?", "#"), MISMATCH, [], { label: "parameters in the fragment" });
      for (const method of ["POST", "HEAD", "PUT"]) {
        const error = await fails(user.request(callback, { method }), MISMATCH, [], { label: method });
        match(error.message, new RegExp(`came by ${method}.*response_mode`), "message");
      }
      equal(sent(), 0, "nothing was sent");
      await end(callback);
    },
  },
  {
    name: "the attempt's cookie is found among cookies of any form",
    async run() {
      for (const around of [
        (/** @type {string} */ own) => `a=1;${own};b=2`,
        (/** @type {string} */ own) => `;;; =; ==;\u00ff\u0080=\u00fe; ${own} ;`,
        (/** @type {string} */ own) => `__Host-grantkit-=x; __Host-grantkit-zz-; ${"; ".repeat(999)}\t${own}`,
        (/** @type {string} */ own) => `${"a".repeat(30_000)}=${"b".repeat(30_000)}; ${own}; ${"c=; ".repeat(3000)}`,
        (/** @type {string} */ own) => `${own.split("=")[0]}=rubbish; ${own}; ${own}; ${own.split("=")[0]}=`,
        (/** @type {string} */ own) =>
          Array(50)
            .fill(`${own.split("=")[0]}=x.y.z`)
            .concat(own)
            .join("; "),
      ]) {
        const { begin, flow } = await setUp();
        const { callback, cookie } = await begin({ return_to: "/leads" });
        const header = around(`${cookie.name}=${cookie.value}`);
        const ended = await flow.callback(new Request(callback, { headers: { cookie: header } }));
        equal(ended.return_to, "/leads", header.slice(0, 80));
        const again = await flow.login(new Request(REDIRECT_URI, { headers: { cookie: header } }));
        equal(again.status, 303, "login with the same cookies");
      }
    },
  },
  {
    name: "a failing sealer is a store error",
    async run() {
      const grantkit = await import("grantkit");
      /** @type {import("grantkit").Sealer} */
      const broken = { ...grantkit.sealer(KEY) };
      const { begin, fails, flow, user } = await setUp({ sealer: broken });
      const { callback, cookie } = await begin();
      const cause = new TypeError("the key service is down");
      broken.seal = () => Promise.reject(cause);
      broken.unseal = () => Promise.reject(cause);
      const expected = /** @type {const} */ ({ code: "store", retryable: true, cause });
      await rejects(grantkit, flow.login(user.request(REDIRECT_URI)), expected, "login");
      await fails(callback, expected, [cookie.name]);
      broken.seal = (value) => Promise.reject(new TypeError(`cannot seal ${JSON.stringify(value)}`));
      const shown = await flow.login(user.request(REDIRECT_URI)).then(
        () => "",
        (error) => error.cause,
      );
      ok(shown instanceof TypeError, "the class is kept");
      match(shown.message, /"state":"\[redacted\]","code_verifier":"\[redacted\]"/, "what was sealed is not shown");
      broken.unseal = grantkit.sealer(OTHER_KEY).unseal;
      await fails(
        new Request(callback, { headers: { cookie: `${cookie.name}=${withSealed(cookie.value, () => "x")}` } }),
        MISMATCH,
        [cookie.name],
      );
    },
  },
];
