// Checks of the network: which data centres respond, and what their clocks show.

import { describe } from "../failure.js";
import { duration } from "../output.js";
import { accountsServer, LOCATIONS } from "../regions.js";
import { finding } from "./report.js";

/** @typedef {import("../context.js").Context} Context */
/** @typedef {import("../clients-file.js").SavedClient} SavedClient */
/** @typedef {import("./report.js").Report} Report */
/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

/**
 * The outcome of one request. `ahead` is how far this machine's clock is ahead of the server's, in seconds.
 *
 * @typedef {{ location: ZohoLocation, origin: string } & ({ ms: number, ahead: number | undefined } | { failure: unknown })} Probe
 */

const TIMEOUT_MS = 5000;
/** How far the clock may be off before tokens expire at the wrong time, in seconds. */
const TOLERANCE = 60;

/**
 * Asks every data centre for the list of data centres, which needs no account.
 *
 * @param {Context} context
 * @param {Report} report
 * @param {Partial<SavedClient>} known
 * @returns {Promise<boolean>} whether the client's own data centre responds
 */
export async function checkNetwork(context, report, known) {
  const probes = await Promise.all(LOCATIONS.map((location) => probe(context, location, known)));
  const hasResponse = (/** @type {Probe} */ one) => !("failure" in one);
  const failed = probes.filter((one) => !hasResponse(one));
  const responding = probes.filter(hasResponse);
  if (responding.length === 0) {
    report.wrong("data centres", `none responds: ${reasons(failed)}`, ...offline(context, failed));
    return false;
  }
  const detail = responding.map((one) => `${one.location} ${"ms" in one ? one.ms : 0} ms`).join(", ");
  report.ok("data centres", detail);
  const home = probes.find(({ location }) => location === known.location);
  if (failed.length > 0 && !failed.includes(/** @type {Probe} */ (home))) {
    report.unknown("data centres", `no response from ${reasons(failed)}`);
  }
  checkClock(report, home && hasResponse(home) ? home : responding[0]);
  if (!home || hasResponse(home)) return true;
  const next = "check the firewall and DNS for that host; the other data centres respond";
  report.wrong("data centre", reasons([home]), finding("certain", `${home.origin} does not respond`, next));
  return false;
}

/** The accounts server to ask. One origin for all data centres replaces that of the client's own. @param {ZohoLocation} location @param {Partial<SavedClient>} known */
function originOf(location, { location: home, accounts_server: given }) {
  const replaced = typeof given === "string" ? location === home && given : given?.[location];
  return replaced || accountsServer(location);
}

/** @param {Context} context @param {ZohoLocation} location @param {Partial<SavedClient>} known @returns {Promise<Probe>} */
async function probe({ fetch = globalThis.fetch, signal }, location, known) {
  const origin = originOf(location, known);
  const url = `${origin.replace(/\/$/, "")}/oauth/serverinfo`;
  const began = Date.now();
  const limit = new AbortController();
  const onAbort = () => limit.abort();
  const timer = setTimeout(() => limit.abort(new DOMException("too late", "TimeoutError")), TIMEOUT_MS);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const { headers, body } = await fetch(url, { redirect: "manual", signal: limit.signal });
    await body?.cancel();
    const ended = Date.now();
    const date = Date.parse(headers.get("date") ?? "");
    const ahead = Number.isNaN(date) ? undefined : Math.round(((began + ended) / 2 - date) / 1000);
    return { location, origin, ms: ended - began, ahead };
  } catch (failure) {
    signal.throwIfAborted();
    return { location, origin, failure };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** @param {Probe[]} probes */
function reasons(probes) {
  return probes.map((one) => `${one.location} (${"failure" in one ? reason(one.failure) : "responds"})`).join(", ");
}

/** The runtime's code for a failure. @param {unknown} failure @returns {string} */
function reason(failure) {
  if (!(failure instanceof Error)) return String(failure);
  if (failure.name === "TimeoutError") return `no response within ${TIMEOUT_MS / 1000} s`;
  const { code } = /** @type {NodeJS.ErrnoException} */ (failure);
  if (typeof code === "string") return code;
  return failure.cause ? reason(failure.cause) : describe(failure).message;
}

/** @param {Context} context @param {Probe[]} probes */
function offline({ env }, probes) {
  const all = reasons(probes);
  const findings = [];
  if (/CERT|SELF_SIGNED|ISSUER/.test(all)) {
    const next = "give Node the certificate of its authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem";
    findings.push(finding("certain", "a proxy or firewall presents a certificate that Node does not trust", next));
  }
  const proxy = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].find((name) => env[name]);
  if (proxy && env.NODE_USE_ENV_PROXY !== "1") {
    const next = "set NODE_USE_ENV_PROXY=1, with Node 24 or later";
    findings.push(finding("likely", `${proxy} is set, and Node's fetch ignores it by default`, next));
  }
  const next = "check the network, the DNS and the firewall of this machine";
  return [...findings, finding("likely", "this machine cannot reach Zoho", next)];
}

/** @param {Report} report @param {Probe | undefined} one */
function checkClock(report, one) {
  const ahead = one && "ahead" in one ? one.ahead : undefined;
  if (one === undefined || ahead === undefined) return report.unknown("clock", "no response had a Date header");
  const { host } = new URL(one.origin);
  if (Math.abs(ahead) <= TOLERANCE) return report.ok("clock", `agrees with ${host}`);
  const off = `${duration(Math.abs(ahead))} ${ahead > 0 ? "ahead" : "behind"}`;
  const effect =
    ahead > 0
      ? "tokens are refreshed too often, until Zoho throttles"
      : "expired tokens are used as if they were valid";
  return report.wrong(
    "clock",
    `${off} of ${host}`,
    finding("likely", `this machine's clock is ${off}: ${effect}`, "let the system set its clock (NTP)"),
  );
}
