import * as grantkit from "grantkit";
import { equal } from "../../scenario/assert.mjs";
import { BEFORE, TODAY } from "../contenders/grantkit.mjs";
import { CLIENT, CODE, ISSUER, metadata, TOKENS } from "../fixture.mjs";
import { respond } from "../support/fetch.mjs";
import { timeTable } from "../support/row.mjs";
import { measure, repeated } from "../support/sampler.mjs";

const KEY = "default";
const LEEWAY = 300;

/** @param {typeof import("grantkit")} library */
async function managerOf({ memoryStore, OAuthClient, TokenManager }) {
  const client = new OAuthClient({ server: metadata(ISSUER), ...CLIENT, fetch: respond });
  const manager = new TokenManager(client, memoryStore(), { leeway: LEEWAY });
  await manager.save(await client.exchangeCode(CODE));
  return () => manager.accessToken();
}

/** @param {import("../support/row.mjs").Options["before"]} before */
async function entrants(before) {
  const tokensByKey = new Map([[KEY, { ...TOKENS, expires_at: Math.floor(Date.now() / 1000) + TOKENS.expires_in }]]);
  const lookup = async () => {
    const tokens = tokensByKey.get(KEY);
    if (!tokens || tokens.expires_at - LEEWAY <= Date.now() / 1000) throw new Error("the token has expired");
    return tokens.access_token;
  };

  const works = [
    { name: TODAY, work: await managerOf(grantkit) },
    ...(before ? [{ name: BEFORE, pairOf: TODAY, work: await managerOf(before.library) }] : []),
    { name: "lookup in a Map", work: lookup },
  ];
  const found = [];
  for (const { work, ...entrant } of works) {
    equal(await work(), TOKENS.access_token, `${entrant.name}: the access token`);
    found.push({ ...entrant, sample: await repeated(work) });
  }
  return found;
}

/** @type {import("../support/row.mjs").Row} */
export const accessToken = {
  name: "access-token",
  title: "accessToken() of a fresh token, and a Map with an expiry check (Node)",
  async run(plan) {
    const measured = await measure(await entrants(plan.before), plan);
    const rate = 1000 / (measured[0]?.time.median ?? Number.NaN);
    const result = `${Math.round(rate).toLocaleString("en")} a second`;
    return { ...timeTable(measured), aims: [{ aim: "1,000,000 a second", result, isReached: rate >= 1e6 }] };
  },
};
