// Copies the products and contacts of Zoho CRM to SQLite. The first run reads all records; later runs read those that
// changed or were deleted since. A run that was interrupted resumes at its last page.
//
//   ZOHO_CLIENT_ID=… ZOHO_CLIENT_SECRET=… ZOHO_LOCATION=eu ZOHO_CODE=… node examples/crm-sync/main.mjs
//
// ZOHO_CODE is a Self Client's code with the scope ZohoCRM.modules.READ, generated in Zoho's API console. Only the first
// run needs it. CRM_TOKENS (default crm-tokens.json) and CRM_DATABASE (default crm.sqlite) are the files that it writes.

import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import progress from "cli-progress";
import { OAuthClient, OAuthError, TokenManager, zoho } from "grantkit";
import { fileStore } from "grantkit/node";
import { CrmError, openCrm } from "./crm.mjs";
import { openDatabase } from "./database.mjs";

/** Each module, and the fields that become columns of its table. @type {Record<string, string[]>} */
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

/** Saves the tokens; if that fails, writes them to another file, because the code works only once. @param {TokenManager} manager @param {import("grantkit").TokenSet} tokens */
async function connect(manager, tokens) {
  await manager.save(tokens).catch(async (error) => {
    const file = join(await mkdtemp(join(tmpdir(), "crm-")), "tokens.json");
    await writeFile(file, JSON.stringify(tokens), { mode: 0o600 });
    console.error(`The tokens are in ${file}: once the error below is solved, save() them and delete the file.`);
    throw error;
  });
}

/**
 * One pass over a module: first the records that were deleted since the last complete pass, then new and changed ones.
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
  // The CRM counts all records, but not those that changed.
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
    if (!(error instanceof CrmError && error.isPageTokenError)) throw error;
    // A page token expires after a day. The pass starts again from the first page. The first pass keeps the time at which
    // it started, so that the next pass also finds records that were deleted during the first.
    database.write(module, [], since ? { since } : { began });
    return sync(module, crm, database);
  } finally {
    bar.stop();
  }
  return { read, deleted };
}
