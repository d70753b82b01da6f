// What the network says: which data centres answer, and what time it is there.

import { zoho } from "grantkit";
import { accountsOrigin, LOCATIONS } from "../data-centres.js";
import { describe } from "../failure.js";
import { duration } from "../output.js";
import { finding } from "./finding.js";

/** @typedef {import("../context.js").Context} Context */
/** @typedef {import("../clients-file.js").SavedClient} SavedClient */
/** @typedef {import("./finding.js").Report} Report */
/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

/** @typedef {{ location: ZohoLocation, origin: string } & ({ ms: number, ahead: number | undefined } | { failure: unknown })} Visit */

const PATIENCE_MS = 5000;
/** How far a clock may be off before tokens are misjudged, in seconds. */
const TOLERANCE = 60;

/**
 * Asks every data centre for the list of data centres, which needs no account.
 *
 * @param {Context} context
 * @param {Report} report
 * @param {Partial<SavedClient>} known
 * @returns {Promise<boolean>} whether the client's own data centre answers
 */
export async function lookAtNetwork(context, report, known) {
  const visits = await Promise.all(LOCATIONS.map((location) => visit(context, location, known)));
  const isThere = (/** @type {Visit} */ one) => !("failure" in one);
  const silent = visits.filter((one) => !isThere(one));
  const answered = visits.filter(isThere);
  if (answered.length === 0) {
    report.wrong("data centres", `none answers: ${reasons(silent)}`, ...offline(context, silent));
    return false;
  }
  const detail = answered.map((one) => `${one.location} ${"ms" in one ? one.ms : 0} ms`).join(", ");
  report.ok("data centres", detail);
  const home = visits.find(({ location }) => location === known.location);
  if (silent.length > 0 && !silent.includes(/** @type {Visit} */ (home))) {
    report.unknown("data centres", `no answer from ${reasons(silent)}`);
  }
  lookAtClock(report, home && isThere(home) ? home : answered[0]);
  if (!home || isThere(home)) return true;
  const next = "look at firewall and DNS for that host; the other data centres answer";
  report.wrong("data centre", reasons([home]), finding("certain", `${home.origin} does not answer`, next));
  return false;
}

/** @param {Context} context @param {ZohoLocation} location @param {Partial<SavedClient>} known @returns {Promise<Visit>} */
async function visit({ fetch, signal }, location, { location: home, accounts_server: given }) {
  const accountsServer = typeof given === "string" && location !== home ? undefined : given;
  const origin = await accountsOrigin(zoho({ location, ...(accountsServer && { accountsServer }) }));
  const began = Date.now();
  const limit = new AbortController();
  const leave = () => limit.abort();
  const timer = setTimeout(() => limit.abort(new DOMException("too late", "TimeoutError")), PATIENCE_MS);
  signal.addEventListener("abort", leave, { once: true });
  try {
    const ask = fetch ?? globalThis.fetch;
    const { headers, body } = await ask(`${origin}/oauth/serverinfo`, { redirect: "manual", signal: limit.signal });
    await body?.cancel();
    const ended = Date.now();
    const told = Date.parse(headers.get("date") ?? "");
    const ahead = Number.isNaN(told) ? undefined : Math.round(((began + ended) / 2 - told) / 1000);
    return { location, origin, ms: ended - began, ahead };
  } catch (failure) {
    signal.throwIfAborted();
    return { location, origin, failure };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}

/** @param {Visit[]} visits */
function reasons(visits) {
  return visits.map((one) => `${one.location} (${"failure" in one ? reason(one.failure) : "answers"})`).join(", ");
}

/** What the runtime calls it. @param {unknown} failure @returns {string} */
function reason(failure) {
  if (!(failure instanceof Error)) return String(failure);
  if (failure.name === "TimeoutError") return `nothing within ${PATIENCE_MS / 1000} s`;
  const { code } = /** @type {NodeJS.ErrnoException} */ (failure);
  if (typeof code === "string") return code;
  return failure.cause ? reason(failure.cause) : describe(failure).message;
}

/** @param {Context} context @param {Visit[]} visits */
function offline({ env }, visits) {
  const all = reasons(visits);
  const findings = [];
  if (/CERT|SELF_SIGNED|ISSUER/.test(all)) {
    const next = "give its authority to Node: NODE_EXTRA_CA_CERTS=/path/to/ca.pem";
    findings.push(finding("certain", "something on the way shows a certificate that Node does not know", next));
  }
  const proxy = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].find((name) => env[name]);
  if (proxy && env.NODE_USE_ENV_PROXY !== "1") {
    const next = "set NODE_USE_ENV_PROXY=1, with Node 24 or later";
    findings.push(finding("likely", `${proxy} is set, and Node's fetch does not look at it by itself`, next));
  }
  const next = "look at the network, the DNS and the firewall of this machine";
  return [...findings, finding("likely", "this machine has no way to Zoho", next)];
}

/** @param {Report} report @param {Visit | undefined} visit */
function lookAtClock(report, visit) {
  const ahead = visit && "ahead" in visit ? visit.ahead : undefined;
  if (visit === undefined || ahead === undefined) return report.unknown("clock", "no server said what time it is");
  const { host } = new URL(visit.origin);
  if (Math.abs(ahead) <= TOLERANCE) return report.ok("clock", `agrees with ${host}`);
  const off = `${duration(Math.abs(ahead))} ${ahead > 0 ? "ahead" : "behind"}`;
  const effect =
    ahead > 0 ? "tokens are refreshed too often, until Zoho throttles" : "dead tokens are taken for good ones";
  return report.wrong(
    "clock",
    `${off} of ${host}`,
    finding("likely", `this machine's clock is ${off}: ${effect}`, "let the system set its clock (NTP)"),
  );
}
