// Attempts that succeed: their cookies, and which cookies stay.

import { sealer } from "grantkit";
import { equal, match, ok } from "../../../scenario/assert.mjs";
import { NOW, SCOPE, SCOPE_GRANTED, USERS } from "../../../scenario/setup.mjs";
import { KEY, ORIGIN, OTHER_KEY, PURPOSE, sealedOf, setCookies, setUp } from "./setup.mjs";

/** @typedef {import("./setup.mjs").Test} Test */

/** The bytes of a base64url text, as characters. @param {string} part */
const decoded = (part) => atob(part.replaceAll("-", "+").replaceAll("_", "/"));

/** A path of `length` characters. @param {number} length */
const long = (length) => `/${"a".repeat(length - 1)}`;

/** The bytes of all cookies. @param {import("./setup.mjs").Browser} user */
const sizeOf = ({ cookies }) => [...cookies].reduce((sum, [name, { value }]) => sum + name.length + value.length, 0);

/** @type {Test[]} */
export const attempts = [
  {
    name: "login redirects and sets one cookie that reveals nothing",
    async run() {
      const { begin, sealer } = await setUp();
      const { response, cookie } = await begin({ return_to: "/leads?page=2" });
      const location = new URL(response.headers.get("location") ?? "");
      equal(response.status, 303, "status");
      equal(location.origin + location.pathname, "https://accounts.zoho.com/oauth/v2/auth", "location");
      equal(response.headers.get("cache-control"), "no-store", "cache-control");
      equal(setCookies(response).length, 1, "cookies");
      match(cookie.name, /^__Host-grantkit-[0-4]$/, "name");
      const expected = ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax", "Secure"];
      equal(cookie.attributes, expected, "attributes");

      const pending = await sealer.unseal(sealedOf(cookie), { purpose: PURPOSE });
      const { state, code_verifier, ...others } = /** @type {any} */ (pending);
      equal(state, location.searchParams.get("state"), "the state in the cookie");
      const known = { issuer: "https://accounts.zoho.com", redirect_uri: `${ORIGIN}/oauth/callback`, offline: true };
      const rest = { ...known, created_at: NOW, expires_at: NOW + 600, return_to: "/leads?page=2" };
      equal(others, rest, "the other members in the cookie");
      const inClear = [cookie.name, cookie.value, ...sealedOf(cookie).split(".").map(decoded)].join("\n");
      for (const secret of [state.slice(0, 8), code_verifier.slice(0, 8), "/leads", `${NOW}`]) {
        ok(!inClear.includes(secret), `${secret} is not in the cookie`);
      }
    },
  },
  {
    name: "a callback returns the tokens, return_to, and headers that end the attempt",
    async run() {
      const { begin, end, user } = await setUp();
      const { cookie, callback } = await begin({ return_to: "/leads?page=2#row-7" }, { email: USERS.eu });
      const { tokens, return_to, headers } = await end(callback);
      equal(return_to, "/leads?page=2#row-7", "return_to");
      const { accounts_server, api_domain, scope, expires_at } = tokens;
      equal(
        [accounts_server, api_domain, scope, expires_at],
        ["https://accounts.zoho.eu", "https://www.zohoapis.eu", SCOPE_GRANTED, NOW + 3600],
        "tokens",
      );
      equal(
        [...headers],
        [
          ["cache-control", "no-store"],
          ["referrer-policy", "no-referrer"],
          ["set-cookie", `${cookie.name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure`],
        ],
        "headers",
      );
      equal(user.cookies.size, 0, "cookies afterwards");
      const response = new Response(null, { status: 303, headers });
      equal(response.headers.getSetCookie().length, 1, "a Response accepts the headers");
    },
  },
  {
    name: "without return_to the default is the root",
    async run() {
      const { begin, end } = await setUp();
      equal((await end((await begin()).callback)).return_to, "/", "return_to");
    },
  },
  {
    name: "two tabs at once can come back in any order",
    async run() {
      const { begin, end, user } = await setUp();
      const leads = await begin({ return_to: "/leads" });
      const deals = await begin({ return_to: "/deals" }, { email: USERS.in });
      equal(user.cookies.size, 2, "cookies of two attempts");
      const second = await end(deals.callback);
      equal([second.return_to, second.tokens.api_domain], ["/deals", "https://www.zohoapis.in"], "the second");
      equal([...user.cookies.keys()], [leads.cookie.name], "the first is still there");
      const first = await end(leads.callback);
      equal([first.return_to, first.tokens.api_domain], ["/leads", "https://www.zohoapis.com"], "the first");
      equal(user.cookies.size, 0, "cookies afterwards");
    },
  },
  ...[0, 1].map((pause) => ({
    name: `of six attempts, ${pause} s apart, the first is dropped`,
    async run() {
      const { begin, end, fails, pass, sent, user } = await setUp();
      const begun = [];
      for (const path of ["/1", "/2", "/3", "/4", "/5"]) {
        begun.push(await begin({ return_to: path }));
        pass(pause);
      }
      const [first] = begun;
      ok(first, "an attempt was begun");
      const { response, callback, cookie } = await begin({ return_to: "/6" });
      equal([cookie.name, setCookies(response).length], [first.cookie.name, 1], "the cookie that was overwritten");
      equal(user.cookies.size, 5, "cookies");
      const error = await fails(first.callback, { code: "callback_mismatch" }, []);
      match(error.message, /no cookie of the attempt.*made room for later ones.*: start again/, "message");
      equal(sent(), 0, "nothing was sent for it");
      const others = [...begun.slice(1), { callback }];
      const paths = [];
      for (const { callback } of others) paths.push((await end(callback)).return_to);
      equal(paths, ["/2", "/3", "/4", "/5", "/6"], "the others");
    },
  })),
  {
    name: "the first of six is the oldest, in any order of the Cookie header",
    async run() {
      const { begin, flow, pass, user } = await setUp();
      const names = [];
      for (const path of ["/1", "/2", "/3", "/4", "/5"]) {
        names.push((await begin({ return_to: path })).cookie.name);
        pass(1);
      }
      const pairs = [...user.cookies].map(([name, { value }]) => `${name}=${value}`);
      const cookie = [pairs[3], pairs[1], pairs[4], pairs[0], pairs[2]].join("; ");
      const response = await flow.login(new Request(`${ORIGIN}/login`, { headers: { cookie } }));
      equal(
        setCookies(response).map(({ name }) => name),
        names.slice(0, 1),
        "the cookie that is overwritten",
      );
    },
  },
  {
    name: "thirty attempts at once leave few cookies, and those complete",
    async run() {
      for (const [length, sizes] of /** @type {const} */ ([
        [5, [2, 5]],
        [200, [2, 5]],
        [1000, [1, 1]],
      ])) {
        const { end, fails, fake, flow, user } = await setUp();
        const empty = user.request(`${ORIGIN}/login`);
        const responses = [];
        // No request has a cookie, since none was answered when the last one was sent.
        for (let at = 0; at < 30; at += 1)
          responses.push(await flow.login(empty, { return_to: `/${at}?${long(length)}` }));
        for (const response of responses) {
          user.keep(response);
          equal(setCookies(response).length, 1, "cookies of a response");
        }
        ok(sizeOf(user) <= 6144, `${sizeOf(user)} bytes are at most 6144`);
        const [least, most] = sizes;
        ok(user.cookies.size >= least && user.cookies.size <= most, `${user.cookies.size} cookies stay`);
        const kept = [...user.cookies.values()].map(({ value }) => value);
        for (const response of responses) {
          const [cookie] = setCookies(response);
          // Zoho issues at most ten codes in ten minutes.
          if (!cookie || !kept.includes(cookie.value)) continue;
          const callback = fake.consent(response.headers.get("location") ?? "");
          ok((await end(callback)).return_to.endsWith(long(length)), "return_to");
        }
        equal(user.cookies.size, 0, "cookies afterwards");
        const [first] = responses;
        await fails(fake.consent(first?.headers.get("location") ?? ""), { code: "callback_mismatch" }, []);
      }
    },
  },
  {
    name: "a long attempt overwrites one cookie, and the others stay",
    async run() {
      const { begin, end, fails, user } = await setUp();
      const begun = [];
      for (const path of ["/1", "/2", "/3", "/4", "/5"]) begun.push(await begin({ return_to: path }));
      const { cookie, callback } = await begin({ return_to: long(1000) });
      equal(cookie.name, "__Host-grantkit-0", "name");
      const again = await begin({ return_to: long(1001) });
      equal([again.cookie.name, user.cookies.size], ["__Host-grantkit-0", 5], "the next long one");
      await fails(callback, { code: "callback_mismatch" }, []);
      equal((await end(again.callback)).return_to, long(1001), "return_to");
      for (const [at, one] of begun.entries()) {
        if (one.cookie.name === cookie.name) await fails(one.callback, { code: "callback_mismatch" }, []);
        else equal((await end(one.callback)).return_to, `/${at + 1}`, "return_to");
      }
    },
  },
  {
    name: "long cookies with the names of an earlier version make room",
    async run() {
      const { begin, time, user } = await setUp();
      const names = [1, 2, 3].map((at) => `__Host-grantkit-${(NOW - at).toString(36)}-${String(at).repeat(16)}`);
      for (const name of names) user.cookies.set(name, { value: "a".repeat(2500), until: time.now + 600 });
      const { response } = await begin();
      equal(
        setCookies(response)
          .slice(1)
          .map(({ name, maxAge }) => [name, maxAge])
          .sort(),
        [[names[2], 0]],
        "the cleared cookie",
      );
    },
  },
  {
    name: "attempts of a version whose cookies had other names complete, and the oldest make room",
    async run() {
      const { begin, end, fails, time, user } = await setUp();
      /** @type {{ name: string, callback: string }[]} */
      const earlier = [];
      for (const path of ["/1", "/2", "/3", "/4", "/5"]) {
        const { cookie, callback } = await begin({ return_to: path });
        const [, started, id, sealed] = /^(.*?):(.*?):(.*)$/.exec(cookie.value) ?? [];
        user.cookies.delete(cookie.name);
        const name = `__Host-grantkit-${started}-${id}`;
        earlier.push({ name, callback });
        time.now += 1;
        user.cookies.set(name, { value: sealed ?? "", until: time.now + 600 });
      }
      const { response, callback } = await begin({ return_to: "/6" });
      const cleared = setCookies(response).slice(1);
      equal(
        cleared.map(({ name, value, maxAge }) => [name, value, maxAge]),
        [[earlier[0]?.name, "", 0]],
        "the cleared cookie",
      );
      for (const [at, one] of earlier.slice(1).entries()) {
        equal((await end(one.callback)).return_to, `/${at + 2}`, "return_to");
      }
      await fails(earlier[0]?.callback ?? "", { code: "callback_mismatch" }, []);
      equal((await end(callback)).return_to, "/6", "return_to");
      equal(user.cookies.size, 0, "cookies afterwards");
    },
  },
  {
    name: "cookies that are not attempts of this flow stay, and displace no attempt",
    async run() {
      const { begin, end, time, user } = await setUp();
      const later = (NOW + 1000).toString(36);
      const others = [
        "session",
        "__Host-session",
        "__Host-grantkit",
        `__Host-grantkit-${later}-short`,
        "__Host-grantkit-5",
        "__Host-grantkit-00",
        "__host-grantkit",
      ];
      // Cookies that a sibling host could set.
      const foreign = [1, 2, 3, 4].flatMap((at) => [`grantkit-${later}-${String(at).repeat(16)}`, `grantkit-${at}`]);
      for (const name of [...others, ...foreign]) user.cookies.set(name, { value: "1", until: time.now + 9999 });
      const begun = [];
      for (const path of ["/1", "/2", "/3", "/4", "/5"]) begun.push(await begin({ return_to: path }));
      for (const [at, { callback }] of begun.entries())
        equal((await end(callback)).return_to, `/${at + 1}`, "return_to");
      equal([...user.cookies.keys()], [...others, ...foreign], "the others afterwards");
    },
  },
  {
    name: "scope and parameters come from the flow, or from one attempt",
    async run() {
      const { begin, end } = await setUp({ options: { parameters: { prompt: "consent", login_hint: "ann" } } });
      const requested = async (/** @type {import("grantkit/web").LoginOptions} */ own) => {
        const { response, callback } = await begin(own);
        const parameters = new URL(response.headers.get("location") ?? "").searchParams;
        const { scope } = (await end(callback)).tokens;
        return [parameters.get("scope"), parameters.get("prompt"), parameters.get("login_hint"), scope];
      };
      equal(await requested({}), [SCOPE, "consent", "ann", SCOPE_GRANTED], "the flow's");
      const own = { scope: ["ZohoCRM.org.READ"], parameters: { login_hint: "ben" } };
      equal(await requested(own), ["ZohoCRM.org.READ", "consent", "ben", "ZohoCRM.org.READ"], "one attempt's");
      equal(await requested({ scope: undefined }), [SCOPE, "consent", "ann", SCOPE_GRANTED], "the flow's again");
    },
  },
  {
    name: "behind a proxy only the query of the callback counts",
    async run() {
      const { begin, end } = await setUp();
      const { search } = new URL((await begin({ return_to: "/leads" })).callback);
      equal((await end(`http://10.0.0.7:8080/internal${search}`)).return_to, "/leads", "return_to");
    },
  },
  {
    name: "an attempt survives a change of keys while the old key is listed",
    async run() {
      const { begin, client: _client, fails, flowWith, time, user, fake } = await setUp();
      const [first, second] = [await begin({ return_to: "/1" }), await begin({ return_to: "/2" })];
      const clock = () => time.now * 1000;
      const rotated = await flowWith(sealer([OTHER_KEY, KEY], { clock })).callback(user.request(first.callback));
      equal(rotated.return_to, "/1", "with the old key after the new one");
      const sent = fake.log.length;
      const otherFlow = flowWith(sealer(OTHER_KEY, { clock }));
      const error = await fails(second.callback, { code: "callback_mismatch" }, [second.cookie.name], {
        flow: otherFlow,
      });
      match(error.message, /cannot be unsealed, .*: start again/, "message");
      equal(/** @type {any} */ (error.cause).code, "store", "cause");
      equal(fake.log.length, sent, "nothing was sent");
    },
  },
  ...[
    "http://localhost:8787/callback",
    "http://127.0.0.1:3000/callback",
    "http://[::1]:8787/",
    "http://app.localhost/cb",
  ].map((redirect_uri) => ({
    name: `at ${redirect_uri} the cookie is one that every browser accepts`,
    async run() {
      const { begin, end, user } = await setUp({ redirect_uri });
      const { cookie, callback } = await begin({ return_to: "/leads" });
      match(cookie.name, /^grantkit-[0-4]$/, "name");
      equal(cookie.attributes, ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax"], "attributes");
      const { return_to } = await end(callback);
      equal([return_to, user.cookies.size], ["/leads", 0], "return_to and cookies");
    },
  })),
];
