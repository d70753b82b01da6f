// What becomes of attempts that go as they should: their cookies, and which are kept.

import { sealer } from "grantkit";
import { equal, match, ok } from "../../../scenario/assert.mjs";
import { NOW, SCOPE, SCOPE_GRANTED, USERS } from "../../../scenario/setup.mjs";
import { KEY, ORIGIN, OTHER_KEY, PURPOSE, setCookies, world } from "./world.mjs";

/** @typedef {import("./world.mjs").Test} Test */

/** The bytes of base64url, as characters. @param {string} part */
const decoded = (part) => atob(part.replaceAll("-", "+").replaceAll("_", "/"));

/** A path of so many characters. @param {number} length */
const long = (length) => `/${"a".repeat(length - 1)}`;

/** @type {Test[]} */
export const attempts = [
  {
    name: "login redirects, and sets one cookie that says nothing to others",
    async run() {
      const { begin, sealer } = await world();
      const { response, cookie } = await begin({ return_to: "/leads?page=2" });
      const location = new URL(response.headers.get("location") ?? "");
      equal(response.status, 303, "status");
      equal(location.origin + location.pathname, "https://accounts.zoho.com/oauth/v2/auth", "location");
      equal(response.headers.get("cache-control"), "no-store", "cache-control");
      equal(setCookies(response).length, 1, "cookies");
      match(cookie.name, /^__Host-grantkit-[0-9a-z]+-[\w-]{16}$/, "name");
      const expected = ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax", "Secure"];
      equal(cookie.attributes, expected, "attributes");

      const pending = await sealer.unseal(cookie.value, { purpose: PURPOSE });
      const { state, code_verifier, ...others } = /** @type {any} */ (pending);
      equal(state, location.searchParams.get("state"), "the state that is kept");
      const known = { issuer: "https://accounts.zoho.com", redirect_uri: `${ORIGIN}/oauth/callback`, offline: true };
      const kept = { ...known, created_at: NOW, expires_at: NOW + 600, return_to: "/leads?page=2" };
      equal(others, kept, "what is kept beside it");
      const inClear = [cookie.name, cookie.value, ...cookie.value.split(".").map(decoded)].join("\n");
      for (const secret of [state.slice(0, 8), code_verifier.slice(0, 8), "/leads", `${NOW}`]) {
        ok(!inClear.includes(secret), `${secret} is not in the cookie`);
      }
    },
  },
  {
    name: "a callback brings tokens, the way back, and headers that end the attempt",
    async run() {
      const { begin, end, user } = await world();
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
      const answer = new Response(null, { status: 303, headers });
      equal(answer.headers.getSetCookie().length, 1, "a Response takes the headers");
    },
  },
  {
    name: "without return_to the way back is the root",
    async run() {
      const { begin, end } = await world();
      equal((await end((await begin()).callback)).return_to, "/", "return_to");
    },
  },
  {
    name: "two tabs at once, whichever comes back first",
    async run() {
      const { begin, end, user } = await world();
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
    name: `of six attempts, ${pause} s apart, the first is given up`,
    async run() {
      const { begin, end, fails, pass, sent, user } = await world();
      const begun = [];
      for (const path of ["/1", "/2", "/3", "/4", "/5"]) {
        begun.push(await begin({ return_to: path }));
        pass(pause);
      }
      const [first] = begun;
      ok(first, "an attempt was begun");
      const { response, callback } = await begin({ return_to: "/6" });
      const [, cleared, ...more] = setCookies(response);
      equal([cleared?.name, cleared?.value, cleared?.maxAge, more], [first.cookie.name, "", 0, []], "what is cleared");
      equal(user.cookies.size, 5, "cookies");
      await fails(first.callback, { code: "callback_mismatch" }, []);
      equal(sent(), 0, "nothing was sent for it");
      const others = [...begun.slice(1), { callback }];
      const paths = [];
      for (const { callback } of others) paths.push((await end(callback)).return_to);
      equal(paths, ["/2", "/3", "/4", "/5", "/6"], "the others");
    },
  })),
  {
    name: "the first of six is the oldest, in whatever order a browser sends them",
    async run() {
      const { begin, flow, pass, user } = await world();
      const names = [];
      for (const path of ["/1", "/2", "/3", "/4", "/5"]) {
        names.push((await begin({ return_to: path })).cookie.name);
        pass(1);
      }
      const pairs = [...user.cookies].map(([name, { value }]) => `${name}=${value}`);
      const cookie = [pairs[3], pairs[1], pairs[4], pairs[0], pairs[2]].join("; ");
      const response = await flow.login(new Request(`${ORIGIN}/login`, { headers: { cookie } }));
      const [, ...cleared] = setCookies(response);
      equal(
        cleared.map(({ name }) => name),
        names.slice(0, 1),
        "what is cleared",
      );
    },
  },
  {
    name: "long attempts leave room for the application's own cookies",
    async run() {
      const { begin, end, user } = await world();
      const begun = [];
      for (const path of ["/1", "/2", "/3", "/4"]) begun.push(await begin({ return_to: `${path}?${long(1000)}` }));
      const bytes = [...user.cookies].reduce((sum, [name, { value }]) => sum + name.length + value.length, 0);
      ok(bytes <= 6144, `${bytes} bytes are at most 6144`);
      equal(
        [...user.cookies.keys()],
        begun.slice(-user.cookies.size).map(({ cookie }) => cookie.name),
        "the latest are kept",
      );
      ok(user.cookies.size >= 2, `${user.cookies.size} are kept`);
      for (const { callback } of begun.slice(-user.cookies.size)) {
        equal((await end(callback)).return_to.length, 1003, "the way back");
      }
    },
  },
  {
    name: "cookies that are not attempts of this flow are left alone, and push none out",
    async run() {
      const { begin, end, time, user } = await world();
      const later = (NOW + 1000).toString(36);
      const others = [
        "session",
        "__Host-session",
        "__Host-grantkit",
        `__Host-grantkit-${later}-short`,
        "__host-grantkit",
      ];
      // As a neighbouring host could set them.
      const tossed = [1, 2, 3, 4, 5].map((at) => `grantkit-${later}-${String(at).repeat(16)}`);
      for (const name of [...others, ...tossed]) user.cookies.set(name, { value: "1", until: time.now + 9999 });
      const begun = [];
      for (const path of ["/1", "/2", "/3", "/4", "/5"]) begun.push(await begin({ return_to: path }));
      for (const [at, { callback }] of begun.entries())
        equal((await end(callback)).return_to, `/${at + 1}`, "the way back");
      equal([...user.cookies.keys()], [...others, ...tossed], "the others afterwards");
    },
  },
  {
    name: "scope and parameters are the flow's, or those of one attempt",
    async run() {
      const { begin, end } = await world({ options: { parameters: { prompt: "consent", login_hint: "ann" } } });
      const asked = async (/** @type {import("grantkit/web").LoginOptions} */ own) => {
        const { response, callback } = await begin(own);
        const parameters = new URL(response.headers.get("location") ?? "").searchParams;
        const { scope } = (await end(callback)).tokens;
        return [parameters.get("scope"), parameters.get("prompt"), parameters.get("login_hint"), scope];
      };
      equal(await asked({}), [SCOPE, "consent", "ann", SCOPE_GRANTED], "the flow's");
      const own = { scope: ["ZohoCRM.org.READ"], parameters: { login_hint: "ben" } };
      equal(await asked(own), ["ZohoCRM.org.READ", "consent", "ben", "ZohoCRM.org.READ"], "one attempt's");
      equal(await asked({ scope: undefined }), [SCOPE, "consent", "ann", SCOPE_GRANTED], "the flow's again");
    },
  },
  {
    name: "behind a proxy only the query of the callback is read",
    async run() {
      const { begin, end } = await world();
      const { search } = new URL((await begin({ return_to: "/leads" })).callback);
      equal((await end(`http://10.0.0.7:8080/internal${search}`)).return_to, "/leads", "return_to");
    },
  },
  {
    name: "an attempt survives a change of keys while the old one is there",
    async run() {
      const { begin, client: _client, fails, sealedBy, time, user, fake } = await world();
      const [first, second] = [await begin({ return_to: "/1" }), await begin({ return_to: "/2" })];
      const clock = () => time.now * 1000;
      const rotated = await sealedBy(sealer([OTHER_KEY, KEY], { clock })).callback(user.request(first.callback));
      equal(rotated.return_to, "/1", "with the old key behind the new one");
      const sent = fake.log.length;
      const by = sealedBy(sealer(OTHER_KEY, { clock }));
      const error = await fails(second.callback, { code: "callback_mismatch" }, [second.cookie.name], { by });
      match(error.message, /does not open.*start again/, "message");
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
    name: `at ${redirect_uri} the cookie is one that every browser keeps`,
    async run() {
      const { begin, end, user } = await world({ redirect_uri });
      const { cookie, callback } = await begin({ return_to: "/leads" });
      match(cookie.name, /^grantkit-[0-9a-z]+-[\w-]{16}$/, "name");
      equal(cookie.attributes, ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax"], "attributes");
      const { return_to } = await end(callback);
      equal([return_to, user.cookies.size], ["/leads", 0], "the end");
    },
  })),
];
