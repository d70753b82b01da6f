import { sessionOf } from "../contenders/contender.mjs";
import { grantkits } from "../contenders/everywhere.mjs";
import { inNode } from "../contenders/node.mjs";
import { CODE, callbackUrl, ISSUER, metadata, TOKENS } from "../fixture.mjs";
import { EXPECTED, respond, validating, withFetch } from "../support/fetch.mjs";
import { duration, fasterThan, named, timeTable } from "../support/row.mjs";
import { measure, repeated } from "../support/sampler.mjs";
import { spread } from "../support/statistics.mjs";
import { verifyTokens } from "../support/verify.mjs";

/** @typedef {import("../contenders/contender.mjs").Contender} Contender */
/** @typedef {import("../support/sampler.mjs").Entrant} Entrant */
/** @typedef {import("../support/sampler.mjs").Measured} Measured */
/** @typedef {keyof typeof EXPECTED} Kind */
/** @typedef {import("../support/row.mjs").Options["before"]} Before */

const FLOOR = "floor: fetch and text()";
const TITLES = {
  exchange: "Code exchange",
  refresh: "Refresh",
  grant: "Callback to tokens",
};

/**
 * One call of the work, if the contender does it.
 *
 * @param {Kind} kind
 * @param {Contender} contender
 * @param {string} [origin]
 * @returns {Promise<(() => Promise<unknown>) | undefined>}
 */
export async function tokenWork(kind, contender, origin) {
  const { authorize, exchange, refresh, grant } = contender;
  if (kind === "exchange") return exchange && (() => exchange(CODE));
  if (kind === "refresh") return refresh && (() => refresh(TOKENS.refresh_token));
  if (!authorize || !grant) return undefined;
  const session = sessionOf(await authorize());
  const callback = callbackUrl(session.state, origin);
  return () => grant(callback, session);
}

/**
 * Contenders with a `fetch`, and grantkit a second time with its own transport.
 *
 * @param {import("../contenders/contender.mjs").Fetch} fetch
 * @param {Before} before
 * @returns {Contender[]}
 */
function contenders(fetch, before) {
  const own = (/** @type {string} */ name) => `${name}, own transport`;
  return [
    ...inNode(before?.library).map((make) => make({ origin: ISSUER, fetch })),
    ...grantkits(before?.library).map((make) => {
      const contender = make({ origin: ISSUER });
      const { name, pairOf } = contender;
      return { ...contender, name: own(name), ...(pairOf !== undefined && { pairOf: own(pairOf) }) };
    }),
  ];
}

/** @param {Kind} kind @param {Before} before */
async function verify(kind, before) {
  const fetch = validating(EXPECTED[kind]);
  await withFetch(fetch, async () => {
    for (const contender of contenders(fetch, before)) {
      const work = await tokenWork(kind, contender);
      if (work) verifyTokens(contender, await work());
    }
  });
}

/** @param {Kind} kind @param {Before} before @returns {Promise<Entrant[]>} */
async function entrants(kind, before) {
  const { token_endpoint } = metadata(ISSUER);
  const body = new URLSearchParams(EXPECTED[kind]).toString();
  const headers = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" };
  const floor = async () => (await respond(token_endpoint, { method: "POST", headers, body })).text();
  const found = [];
  for (const contender of contenders(respond, before)) {
    const work = await tokenWork(kind, contender);
    const { name, isLibrary, pairOf } = contender;
    if (work) found.push({ name, isLibrary, pairOf, sample: await repeated(work) });
  }
  return [...found, { name: FLOOR, sample: await repeated(floor) }];
}

/** @param {Measured[]} measured */
function aims(measured) {
  const [grantkit] = measured;
  const floor = named(measured, FLOOR);
  const over = spread((grantkit?.values ?? []).map((value, round) => value - (floor.values[round] ?? Number.NaN)));
  return [
    fasterThan([named(measured, "oauth4webapi")], 1.1, "oauth4webapi"),
    { aim: "at most 6 µs over the floor", result: duration(over.median), isReached: over.median <= 0.006 },
  ];
}

/** @param {Kind} kind @returns {import("../support/row.mjs").Row} */
export function tokens(kind) {
  return {
    name: kind,
    title: `${TITLES[kind]}, with a fetch in memory that returns a Response (Node)`,
    async run(plan) {
      await verify(kind, plan.before);
      const measured = await withFetch(respond, async () => measure(await entrants(kind, plan.before), plan));
      const notes = ["simple-oauth2 does not use fetch; the rows over loopback measure it."];
      return { ...timeTable(measured), aims: aims(measured), notes };
    },
  };
}
