// Several processes share a grant through Redis: when the token expires, one of them refreshes it for all. As an example
// of work, they count the newest 2000 leads by company, page by page.
//
//   REDIS_URL=… ZOHO_CLIENT_ID=… ZOHO_CLIENT_SECRET=… ZOHO_LOCATION=eu SEALING_KEY=… ZOHO_CODE=… node examples/redis.mjs
//
// ZOHO_CODE is a Self Client's code with the scope ZohoCRM.modules.leads.READ, generated in Zoho's API console. Only the
// first run needs it. WORKERS (default 4) is the number of processes.
// SEALING_KEY encrypts the record in Redis: openssl rand -base64 32 | tr '+/' '-_' | tr -d =

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
/** The Redis keys of the pages to read, and of the counts. */
const [PAGES, COMPANIES] = ["leads:pages", "leads:companies"];

const client = new OAuthClient({
  server: zoho({ location: /** @type {import("grantkit").ZohoLocation} */ (ZOHO_LOCATION) }),
  client_id: ZOHO_CLIENT_ID,
  client_secret: ZOHO_CLIENT_SECRET,
});
// Without a listener for errors, a broken connection would end the process. With one, the client connects again.
const redis = createClient({ url: REDIS_URL }).on("error", ({ code, message }) => {
  console.error(`Redis failed with ${message || code}; connecting again: check REDIS_URL if this repeats`);
});
await redis.connect();
const manager = new TokenManager(client, sealedStore(redisStore(redis), sealer(SEALING_KEY)));

try {
  await (process.argv[2] === "work" ? work() : runWorkers());
} catch (error) {
  if (!(error instanceof OAuthError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await redis.close();
}

async function runWorkers() {
  if (ZOHO_CODE) await connect(await client.exchangeCode(ZOHO_CODE));
  await redis.del([PAGES, COMPANIES]);
  await redis.rPush(PAGES, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
  const workers = Array.from({ length: Number(WORKERS) }, () => fork(fileURLToPath(import.meta.url), ["work"]));
  const exits = await Promise.all(workers.map((worker) => once(worker, "exit")));
  const failed = exits.filter(([code]) => code !== 0).length;
  if (failed > 0) {
    console.error(
      `${failed} of ${WORKERS} workers failed, and ${await redis.lLen(PAGES)} pages were not read: run again`,
    );
    process.exitCode = 1;
  }
  const counts = Object.entries(await redis.hGetAll(COMPANIES));
  for (const [company, count] of counts.sort()) console.log(`${count.padStart(5)}  ${company}`);
}

/** Saves the tokens; if that fails, writes them to a file, because the code works only once. @param {import("grantkit").TokenSet} tokens */
async function connect(tokens) {
  await manager.save(tokens).catch(async (error) => {
    const file = join(await mkdtemp(join(tmpdir(), "redis-")), "tokens.json");
    await writeFile(file, JSON.stringify(tokens), { mode: 0o600 });
    console.error(`The tokens are in ${file}: once the error below is solved, save() them and delete the file.`);
    throw error;
  });
}

async function work() {
  for (let page = await redis.lPop(PAGES); page !== null; page = await redis.lPop(PAGES)) {
    try {
      // One transaction for each page, so that a page that fails and is read again counts once.
      const transaction = redis.multi();
      for (const { Company } of await readLeads(page)) transaction.hIncrBy(COMPANIES, Company ?? "(none)", 1);
      await transaction.exec();
    } catch (error) {
      await redis.rPush(PAGES, page);
      throw error;
    }
  }
}

/** @param {string} page @returns {Promise<{ Company?: string | null }[]>} */
async function readLeads(page) {
  const response = await manager.fetch(`/crm/v8/Leads?fields=Company&page=${page}`);
  if (response.status === 204) return [];
  const { data, code, message } = await response.json();
  if (!data) throw new Error(`the CRM returned HTTP ${response.status} ${code}: ${message}`);
  return data;
}
