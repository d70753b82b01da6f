// How fast a TokenManager hands out a token that is fresh, and what a stampede costs. Prints medians of several rounds;
// nothing here is a test.

import { memoryStore, OAuthClient, TokenManager, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";

const ROUNDS = 7;
const CALLS = 200_000;
const CALLERS = 10_000;

const registered = { client_id: "1000.BENCH", client_secret: "secret" };
const fake = await fakeZoho({ clients: [registered] });
let now = Date.now();
const client = new OAuthClient({ server: zoho(), ...registered, fetch: fake.fetch, clock: () => now });
const code = fake.selfClientCode({ client_id: registered.client_id, scope: "ZohoCRM.modules.READ" });
const manager = new TokenManager(client, memoryStore());
await manager.save(await client.exchangeCode(code));

/** @param {() => Promise<unknown>} work */
async function milliseconds(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** @param {number[]} values */
function quartiles(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((share) => sorted[Math.round(share * (sorted.length - 1))] ?? 0);
}

/** @param {string} what @param {number[]} values @param {string} unit */
function print(what, values, unit) {
  const [low, median, high] = quartiles(values).map((value) => Math.round(value).toLocaleString("en"));
  console.log(`${what.padEnd(44)} ${median} ${unit} (quartiles ${low} to ${high})`);
}

const rates = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const spent = await milliseconds(async () => {
    for (let call = 0; call < CALLS; call += 1) await manager.accessToken();
  });
  rates.push((CALLS / spent) * 1000);
}
print("accessToken() of a fresh token", rates, "calls a second");

const stampedes = [];
const before = fake.log.length;
for (let round = 0; round < ROUNDS; round += 1) {
  now += 3_600_000;
  fake.advance(3600);
  const callers = () => Promise.all(Array.from({ length: CALLERS }, () => manager.accessToken()));
  stampedes.push(((await milliseconds(callers)) / CALLERS) * 1e6);
}
print(`${CALLERS.toLocaleString("en")} callers of an expired token`, stampedes, "ns for each caller");
console.log(`token requests for ${ROUNDS} such stampedes: ${fake.log.length - before}`);
