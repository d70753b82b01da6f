// Several processes with one grant: they share it through Redis, and whichever finds the token old refreshes it for all.
// Here they count the newest 2000 leads by company, page by page.
//
//   REDIS_URL=… ZOHO_CLIENT_ID=… ZOHO_CLIENT_SECRET=… ZOHO_LOCATION=eu SEALING_KEY=… ZOHO_CODE=… node examples/fleet.mjs
//
// ZOHO_CODE is what the console generates for a Self Client, with the scope ZohoCRM.modules.leads.READ; only the first run
// needs it. WORKERS (default 4) processes run. SEALING_KEY: openssl rand -base64 32 | tr '+/' '-_' | tr -d =

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { OAuthClient, OAuthError, sealedStore, sealer, TokenManager, zoho } from "grantkit";
import { redisStore } from "grantkit/redis";
import { createClient } from "redis";

const { REDIS_URL = "redis://127.0.0.1:6379", WORKERS = "4", SEALING_KEY = "" } = process.env;
const { ZOHO_CLIENT_ID = "", ZOHO_CLIENT_SECRET = "", ZOHO_LOCATION = "us", ZOHO_CODE } = process.env;
/** What is to do, and what was found. */
const [PAGES, COMPANIES] = ["leads:pages", "leads:companies"];

const client = new OAuthClient({
  server: zoho({ location: /** @type {import("grantkit").ZohoLocation} */ (ZOHO_LOCATION) }),
  client_id: ZOHO_CLIENT_ID,
  client_secret: ZOHO_CLIENT_SECRET,
});
// Without a listener a connection that breaks would end the process; with one it is made anew.
const redis = createClient({ url: REDIS_URL }).on("error", ({ code, message }) => {
  console.error(`Redis: ${message || code}; trying again. Is REDIS_URL right?`);
});
await redis.connect();
const manager = new TokenManager(client, sealedStore(redisStore(redis), sealer(SEALING_KEY)));

try {
  await (process.argv[2] === "work" ? work() : lead());
} catch (error) {
  if (!(error instanceof OAuthError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await redis.close();
}

async function lead() {
  if (ZOHO_CODE) await connect(await client.exchangeCode(ZOHO_CODE));
  await redis.del([PAGES, COMPANIES]);
  await redis.rPush(PAGES, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
  const workers = Array.from({ length: Number(WORKERS) }, () => fork(fileURLToPath(import.meta.url), ["work"]));
  const exits = await Promise.all(workers.map((worker) => once(worker, "exit")));
  const failed = exits.filter(([code]) => code !== 0).length;
  if (failed > 0)
    console.error(`${failed} of ${WORKERS} workers failed; pages that are left: ${await redis.lLen(PAGES)}`);
  if (failed > 0) process.exitCode = 1;
  const found = Object.entries(await redis.hGetAll(COMPANIES));
  for (const [company, leads] of found.sort()) console.log(`${leads.padStart(5)}  ${company}`);
}

/** A code works once: what it brought and cannot be saved goes to a file. @param {import("grantkit").TokenSet} tokens */
async function connect(tokens) {
  await manager.save(tokens).catch(async (error) => {
    const spare = join(await mkdtemp(join(tmpdir(), "fleet-")), "tokens.json");
    await writeFile(spare, JSON.stringify(tokens), { mode: 0o600 });
    console.error(`The tokens are in ${spare}: save() them once that works, then delete the file.`);
    throw error;
  });
}

async function work() {
  for (let page = await redis.lPop(PAGES); page !== null; page = await redis.lPop(PAGES)) {
    try {
      // A page counts as a whole, so that one which is given back counts once.
      const counting = redis.multi();
      for (const { Company } of await leads(page)) counting.hIncrBy(COMPANIES, Company ?? "(none)", 1);
      await counting.exec();
    } catch (error) {
      await redis.rPush(PAGES, page);
      throw error;
    }
  }
}

/** @param {string} page @returns {Promise<{ Company?: string | null }[]>} */
async function leads(page) {
  const answer = await manager.fetch(`/crm/v8/Leads?fields=Company&page=${page}`);
  if (answer.status === 204) return [];
  const { data, code, message } = await answer.json();
  if (!data) throw new Error(`the CRM answers HTTP ${answer.status} ${code}: ${message}`);
  return data;
}
