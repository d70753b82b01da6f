// Zoho CRM's products and contacts in SQLite: all of them at first, what changed or was deleted from then on. A run that
// is broken off goes on where it was.
//
//   ZOHO_CLIENT_ID=… ZOHO_CLIENT_SECRET=… ZOHO_LOCATION=eu ZOHO_CODE=… node examples/crm-sync/main.mjs
//
// ZOHO_CODE is what the console generates for a Self Client, with the scope ZohoCRM.modules.READ; the first run needs it,
// and no other. CRM_TOKENS (default crm-tokens.json) and CRM_DATABASE (default crm.sqlite) are the files that it keeps.

import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import progress from "cli-progress";
import { OAuthClient, OAuthError, TokenManager, zoho } from "grantkit";
import { fileStore } from "grantkit/node";
import { CrmError, openCrm } from "./crm.mjs";
import { openDatabase } from "./database.mjs";

/** The tables, and the fields that are their columns. @type {Record<string, string[]>} */
const MODULES = {
  Products: ["Product_Name", "Product_Code", "Unit_Price", "Qty_in_Stock", "Product_Active", "Modified_Time"],
  Contacts: ["First_Name", "Last_Name", "Email", "Phone", "Account_Name", "Modified_Time"],
};

const { ZOHO_CLIENT_ID = "", ZOHO_CLIENT_SECRET = "", ZOHO_LOCATION = "us", ZOHO_CODE } = process.env;
const { CRM_TOKENS = "crm-tokens.json", CRM_DATABASE = "crm.sqlite" } = process.env;

try {
  const client = new OAuthClient({
    server: zoho({ location: /** @type {import("grantkit").ZohoLocation} */ (ZOHO_LOCATION) }),
    client_id: ZOHO_CLIENT_ID,
    client_secret: ZOHO_CLIENT_SECRET,
  });
  const manager = new TokenManager(client, fileStore(CRM_TOKENS));
  if (ZOHO_CODE) await connect(manager, await client.exchangeCode(ZOHO_CODE));
  const [crm, database] = [openCrm(manager), openDatabase(CRM_DATABASE, MODULES)];
  for (const module of Object.keys(MODULES)) {
    const { read, deleted } = await sync(module, crm, database);
    console.log(`${module}: ${read} new or changed, ${deleted} deleted`);
  }
} catch (error) {
  if (!(error instanceof OAuthError || error instanceof CrmError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}

/** A code works once: what it brought and cannot be saved goes to another file. @param {TokenManager} manager @param {import("grantkit").TokenSet} tokens */
async function connect(manager, tokens) {
  await manager.save(tokens).catch(async (error) => {
    const spare = join(await mkdtemp(join(tmpdir(), "crm-")), "tokens.json");
    await writeFile(spare, JSON.stringify(tokens), { mode: 0o600 });
    console.error(`The tokens are in ${spare}: save() them once that works, then delete the file.`);
    throw error;
  });
}

/**
 * One pass over a module: what was deleted since the last whole one, then what is new or changed.
 *
 * @param {string} module
 * @param {ReturnType<typeof openCrm>} crm
 * @param {ReturnType<typeof openDatabase>} database
 * @returns {Promise<{ read: number, deleted: number }>}
 */
async function sync(module, crm, database) {
  const fields = MODULES[module] ?? [];
  let { since, began, page_token } = database.state(module);
  let [read, deleted] = [0, 0];
  if (since && !began) {
    const { ids, date } = await crm.deleted(module, since);
    began = date;
    deleted = database.remove(module, ids, { since, began });
  }
  const bar = new progress.SingleBar({ format: `${module} [{bar}] {value} of {total}`, clearOnComplete: true });
  // How many will have changed is not known beforehand.
  if (process.stderr.isTTY && !since) bar.start(await crm.count(module), database.count(module));
  try {
    do {
      const { records, next, date } = await crm.page(module, fields, since, page_token);
      began ??= date;
      page_token = next;
      database.write(module, records, page_token ? { since, began, page_token } : { since: began });
      read += records.length;
      bar.increment(records.length);
    } while (page_token);
  } catch (error) {
    if (!(error instanceof CrmError && error.isOfPageToken)) throw error;
    // A page token serves for a day. Without it the pass begins anew, and writes no row twice. A first one keeps its
    // beginning: the next asks from there for what was deleted, and rows that were read before are gone too.
    database.write(module, [], since ? { since } : { began });
    return sync(module, crm, database);
  } finally {
    bar.stop();
  }
  return { read, deleted };
}
