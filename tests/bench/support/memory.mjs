// node --expose-gc memory.mjs <URL of grantkit's main entry> <grants> <requests>
// Prints by how many bytes memory grew at each point.

import { CLIENT, ISSUER, metadata, SCOPE, TOKENS } from "../fixture.mjs";
import { respond } from "./fetch.mjs";

/** The memories of the WebAssembly instances, which the package does not export. @type {WebAssembly.Memory[]} */
const memories = [];
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, [module, imports]) {
    const instance = new target(module, imports);
    memories.push(/** @type {WebAssembly.Memory} */ (instance.exports.memory));
    return instance;
  },
});

const [, , index = "", ...amounts] = process.argv;
const [grants = 0, requests = 0] = amounts.map(Number);
/** @type {typeof import("grantkit")} */
const { memoryStore, OAuthClient, TokenManager } = await import(index);

const { gc } = /** @type {{ gc: () => void }} */ (/** @type {unknown} */ (globalThis));

const REFRESHES = 10;
const WARM_UP = 1_000;

let now = Date.now();
const client = new OAuthClient({ server: metadata(ISSUER), ...CLIENT, fetch: respond, clock: () => now });

/** The bytes in use after garbage collection. */
async function used() {
  // The next turn of the event loop releases what the current one holds.
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  if (memories.length === 0)
    throw new Error("the package made no WebAssembly.Instance: observe how it instantiates the module");
  const wasm = memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  return { heap: process.memoryUsage().heapUsed, wasm };
}

/** Managers with their records. @param {number} amount */
async function made(amount) {
  const store = memoryStore();
  const managers = [];
  for (let grant = 0; grant < amount; grant += 1) {
    const manager = new TokenManager(client, store, { key: `grant-${grant}` });
    await manager.save({ ...TOKENS, expires_at: Math.floor(now / 1000) + TOKENS.expires_in });
    await manager.accessToken();
    managers.push(manager);
  }
  return managers;
}

/** Has each manager refresh several times. @param {import("grantkit").TokenManager[]} managers @param {number} times */
async function refreshAll(managers, times) {
  for (let time = 0; time < times; time += 1) {
    now += 2 * TOKENS.expires_in * 1000;
    for (const manager of managers) await manager.accessToken();
  }
}

async function request(/** @type {number} */ amount) {
  for (let call = 0; call < amount; call += 1) await client.authorizationRequest({ scope: SCOPE });
}

// Compiles the code and fills the pools, which is no growth.
await refreshAll(await made(WARM_UP), REFRESHES);
await request(WARM_UP);
const before = await used();

/** @param {{ heap: number, wasm: number }} start */
async function grown(start) {
  const { heap, wasm } = await used();
  return { heap: heap - start.heap, wasm: wasm - start.wasm };
}

/** @type {import("grantkit").TokenManager[]} */
let managers = await made(grants);
const live = await grown(before);
await refreshAll(managers, REFRESHES);
const refreshed = await grown(before);
managers = [];
const dropped = await grown(before);

const between = await used();
await request(requests);
const requested = await grown(between);

const keys = Array.from({ length: grants }, (_, grant) => `grant-${grant}`);
const start = await used();
const bare = new Map(keys.map((key) => [key, JSON.parse(JSON.stringify(TOKENS))]));
const { heap } = await grown(start);
console.log(JSON.stringify({ live, refreshed, dropped, requested, bare: bare.size > 0 ? heap : 0 }));
