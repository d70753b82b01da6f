// An application with a web flow, a fake Zoho, and a browser.

import { OAuthClient, sealer, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { webFlow } from "grantkit/web";
import { equal, ok, rejects } from "../../../scenario/assert.mjs";
import { CLIENT, FAKE, NOW, REDIRECT_URI, SCOPE } from "../../../scenario/setup.mjs";

export const KEY = "a2V5LW9mLXRoZS10ZXN0cy10aGF0LWhhcy0zMi1ieXQ";
export const OTHER_KEY = "YW5vdGhlci1rZXktb2YtdGVzdHMtd2l0aC0zMi1ieXQ";
export const ORIGIN = new URL(REDIRECT_URI).origin;
export const PURPOSE = "grantkit/web";

/** @typedef {{ name: string, run: () => Promise<void> }} Test */
/** @typedef {import("grantkit").OAuthErrorCode} OAuthErrorCode */

/** @param {string} line of Set-Cookie */
function parse(line) {
  const [pair = "", ...attributes] = line.split("; ");
  const [name = "", value = ""] = pair.split("=");
  const [maxAge = ""] = attributes.filter((attribute) => attribute.startsWith("Max-Age="));
  return { name, value, attributes: attributes.sort(), maxAge: Number(maxAge.slice("Max-Age=".length)) };
}

/** The cookies that a response sets. @param {{ headers: Headers }} response */
export const setCookies = ({ headers }) => headers.getSetCookie().map(parse);

/** The sealed part of the value of an attempt's cookie. @param {{ value: string }} cookie */
export const sealedOf = ({ value }) => value.slice(value.lastIndexOf(":") + 1);

/** Stores cookies as browsers do, and sends them in the order in which they were set. @param {{ now: number }} time */
export function browser(time) {
  /** @type {Map<string, { value: string, until: number }>} */
  const cookies = new Map();
  return {
    cookies,
    /** @param {string} url @param {RequestInit} [init] */
    request(url, init) {
      const sent = [...cookies].filter(([, { until }]) => until > time.now);
      const cookie = sent.map(([name, { value }]) => `${name}=${value}`).join("; ");
      return new Request(url, { ...init, headers: cookie ? { cookie } : {} });
    },
    /** @param {{ headers: Headers }} response */
    keep(response) {
      for (const { name, value, attributes, maxAge } of setCookies(response)) {
        const isOfHost = attributes.includes("Secure") && attributes.includes("Path=/");
        ok(isOfHost || !name.startsWith("__Host-"), `browsers accept ${name}`);
        if (maxAge === 0) cookies.delete(name);
        else cookies.set(name, { value, until: time.now + maxAge });
      }
    },
  };
}

/** @typedef {ReturnType<typeof browser>} Browser */

/**
 * @param {object} [changes]
 * @param {string} [changes.redirect_uri]
 * @param {import("grantkit").Sealer} [changes.sealer]
 * @param {Partial<import("grantkit/web").WebFlowOptions>} [changes.options]
 */
export async function setUp({ redirect_uri = REDIRECT_URI, sealer: custom, options } = {}) {
  const [registered] = FAKE?.clients ?? [];
  const fake = await fakeZoho({
    ...FAKE,
    clients: [{ ...CLIENT, ...registered, redirect_uris: [redirect_uri] }],
    now: NOW,
  });
  const time = { now: NOW };
  const clock = () => time.now * 1000;
  const client = new OAuthClient({ server: zoho(), ...CLIENT, redirect_uri, fetch: fake.fetch, clock });
  const sealing = custom ?? sealer(KEY, { clock });
  // Without prompt, Zoho issues a refresh token on the first consent only, and users here consent often.
  const defaults = { scope: SCOPE, parameters: { prompt: "consent" } };
  const flow = webFlow(client, { sealer: sealing, ...defaults, ...options });
  const user = browser(time);

  return {
    fake,
    time,
    client,
    flow,
    user,
    sealer: sealing,
    /** A flow of the same client with another sealer. @param {import("grantkit").Sealer} sealer */
    flowWith: (sealer) => webFlow(client, { sealer, scope: SCOPE }),
    /** How many requests reached Zoho. */
    sent: () => fake.log.length,
    /** @param {number} seconds */
    pass(seconds) {
      time.now += seconds;
      fake.advance(seconds);
    },
    /**
     * A tab opens login, and the user decides on the consent page.
     *
     * @param {import("grantkit/web").LoginOptions} [loginOptions]
     * @param {{ email?: string, deny?: boolean }} [decision]
     */
    async begin(loginOptions, decision) {
      const response = await flow.login(user.request(`${new URL(redirect_uri).origin}/login`), loginOptions);
      user.keep(response);
      const [cookie] = setCookies(response);
      ok(cookie, "login sets a cookie");
      return { response, cookie, callback: fake.consent(response.headers.get("location") ?? "", decision) };
    },
    /** The tab comes back. @param {string} url */
    async end(url) {
      const ended = await flow.callback(user.request(url));
      user.keep(ended);
      return ended;
    },
    /**
     * The tab comes back, and the callback rejects. The error's headers must clear exactly the given cookies.
     *
     * @param {string | Request} callback
     * @param {{ code: OAuthErrorCode } & Record<string, unknown>} expected
     * @param {string[]} cleared
     * @param {{ label?: string, flow?: import("grantkit/web").WebFlow }} [options]
     */
    async fails(callback, expected, cleared, { label = "the callback", flow: usedFlow = flow } = {}) {
      const request = typeof callback === "string" ? user.request(callback) : callback;
      const error = await rejects(await import("grantkit"), usedFlow.callback(request), expected, label);
      const { headers } = error;
      ok(headers instanceof Headers, `${label}: the error has headers`);
      equal(Object.keys(error).includes("headers"), false, `${label}: headers are not enumerable`);
      equal(
        [...headers.keys()].filter((name) => name !== "set-cookie").sort(),
        ["cache-control", "referrer-policy"],
        label,
      );
      const set = setCookies({ headers });
      equal(
        [set.map(({ name }) => name).sort(), set.map(({ maxAge }) => maxAge)],
        [[...cleared].sort(), cleared.map(() => 0)],
        label,
      );
      user.keep({ headers });
      return error;
    },
  };
}

/** A callback with some of its parameters changed. @param {string} url @param {(parameters: URLSearchParams) => void} change */
export function altered(url, change) {
  const changed = new URL(url);
  change(changed.searchParams);
  return changed.href;
}
