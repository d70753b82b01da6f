import * as grantkit from "grantkit";
import { equal } from "../../scenario/assert.mjs";
import { BEFORE, TODAY } from "../contenders/grantkit.mjs";
import { inNode } from "../contenders/node.mjs";
import { CLIENT, ISSUER, metadata, TOKENS } from "../fixture.mjs";
import { respond, withFetch } from "../support/fetch.mjs";
import { changesOf, duration, times } from "../support/row.mjs";
import { measure } from "../support/sampler.mjs";

/** @typedef {import("../contenders/contender.mjs").Contender} Contender */

const CALLERS = 10_000;
const CALLERS_IN_CHECK = 100;
const ROUNDS = 9;
const PARTS = 5;

let requests = 0;
let now = Date.now();

/** @type {import("../contenders/contender.mjs").Fetch} */
const counting = (url, init) => {
  requests += 1;
  return respond(url, init);
};

/** An application around a library that stores no tokens: each caller that finds them expired requests new ones. @param {Contender} contender */
function naive({ refresh, tokensOf }) {
  let { access_token, refresh_token } = { access_token: "", refresh_token: TOKENS.refresh_token };
  let good_until = 0;
  return async () => {
    if (good_until > now) return access_token;
    const fresh = tokensOf(await refresh?.(refresh_token));
    good_until = now + TOKENS.expires_in * 1000;
    refresh_token = fresh.refresh_token ?? refresh_token;
    access_token = fresh.access_token;
    return access_token;
  };
}

/** Makes callers share one request. @param {() => Promise<string>} accessToken */
function shared(accessToken) {
  /** @type {Promise<string> | undefined} */
  let running;
  return () => {
    running ??= accessToken().finally(() => {
      running = undefined;
    });
    return running;
  };
}

/** @param {typeof import("grantkit")} library */
async function managerOf({ memoryStore, OAuthClient, TokenManager }) {
  const client = new OAuthClient({ server: metadata(ISSUER), ...CLIENT, fetch: counting, clock: () => now });
  const manager = new TokenManager(client, memoryStore());
  await manager.save({ ...TOKENS, access_token: "1000.expired", expires_at: 1 });
  return () => manager.accessToken();
}

/** @param {import("../support/row.mjs").Options["before"]} before */
async function callers(before) {
  /** @type {{ name: string, pairOf?: string, accessToken: () => Promise<string> }[]} */
  const found = [{ name: TODAY, accessToken: await managerOf(grantkit) }];
  if (before) found.push({ name: BEFORE, pairOf: TODAY, accessToken: await managerOf(before.library) });
  for (const make of inNode()) {
    const contender = make({ origin: ISSUER, fetch: counting });
    if (contender.name === TODAY || !contender.refresh) continue;
    found.push({ name: `${contender.name}, each caller`, accessToken: naive(contender) });
    if (contender.name !== "by hand") continue;
    found.push({ name: "by hand, one promise for all", accessToken: shared(naive(contender)) });
  }
  return found;
}

/** @type {import("../support/row.mjs").Row} */
export const stampede = {
  name: "stampede",
  title: "Stampede: 10,000 callers of one expired grant (Node)",
  async run(plan) {
    const amount = plan.isCheck ? CALLERS_IN_CHECK : CALLERS;
    const rounds = Math.min(plan.rounds, ROUNDS);
    /** @type {Map<string, Set<number>>} */
    const counted = new Map();
    const entrants = (await callers(plan.before)).map(({ name, pairOf, accessToken }) => ({
      name,
      pairOf,
      async sample() {
        now += 2 * TOKENS.expires_in * 1000;
        const before = requests;
        const began = performance.now();
        const got = await Promise.all(Array.from({ length: amount }, accessToken));
        const spent = performance.now() - began;
        equal([...new Set(got)], [TOKENS.access_token], `${name}: the access token of the callers`);
        counted.set(name, (counted.get(name) ?? new Set()).add(requests - before));
        return spent;
      },
    }));
    const measured = await withFetch(counting, () =>
      measure(entrants, { ...plan, rounds, sampleMs: 0, parts: plan.parts ?? PARTS }),
    );
    const requested = (/** @type {string} */ name) => [...(counted.get(name) ?? [])].join(" or ");
    const lines = measured.map(({ name, time, ratio }, index) => {
      const each = duration(time.median / amount);
      const quartiles = `${duration(time.low / amount)} to ${duration(time.high / amount)}`;
      return [name, requested(name), each, quartiles, index === 0 ? "1" : times(ratio.median)];
    });
    const result = requested(TODAY);
    return {
      head: ["", "token requests", "median for each caller", "quartiles", "time relative to the first"],
      lines,
      changes: changesOf(measured),
      aims: [{ aim: "one token request", result, isReached: result === "1", isRequired: true }],
    };
  },
};
