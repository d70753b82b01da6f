// The contacts of Zoho CRM in a D1 database, brought up to date every hour by a Worker. A Durable Object keeps the grant,
// for this Worker and any other. wrangler.toml beside this file says how to deploy it; then connect a Self Client, whose
// code has the scope ZohoCRM.modules.READ:
//
//   curl --data "$ZOHO_CODE" -H "authorization: Bearer $ADMIN_KEY" https://YOUR-WORKER.workers.dev/connect

import { OAuthClient, zoho } from "grantkit";
import { TokenVault, vaultError, vaultFetch } from "grantkit/cloudflare";
import { CrmError, openCrm } from "../crm-sync/crm.mjs";

/** @typedef {import("@cloudflare/workers-types/index.ts").D1Database} D1Database */
/** @typedef {Record<"ZOHO_CLIENT_ID" | "ZOHO_CLIENT_SECRET" | "ADMIN_KEY", string>} Texts */
/** @typedef {Texts & { ZOHO_LOCATION: import("grantkit").ZohoLocation, VAULT: any, DB: D1Database }} Env */

/** For one run, of 200 records each: the requests of a Worker are counted. The next run goes on. */
const MAX_PAGES = 20;
const FIELDS = ["First_Name", "Last_Name", "Email", "Modified_Time"];

/** @param {Env} env */
const clientOf = ({ ZOHO_LOCATION: location, ZOHO_CLIENT_ID: client_id, ZOHO_CLIENT_SECRET: client_secret }) =>
  new OAuthClient({ server: zoho({ location }), client_id, client_secret });

/** @param {Env} env @returns {import("grantkit/cloudflare").TokenVault} */
const vaultOf = ({ VAULT }) => VAULT.getByName("crm");

export class Vault extends TokenVault {
  /** @override @protected @param {any} env */
  client(env) {
    return clientOf(env);
  }
}

export default {
  /** @param {Request} request @param {Env} env */
  async fetch(request, env) {
    if (!(await isAdmin(request, env))) return new Response("not you\n", { status: 401 });
    try {
      if (new URL(request.url).pathname !== "/connect") return Response.json(await vaultOf(env).status());
      await vaultOf(env).save(await clientOf(env).exchangeCode(await request.text()));
      return new Response("connected\n");
    } catch (thrown) {
      // Of an error that came by RPC, from the vault, the class is lost.
      const error = vaultError(thrown);
      if (!error) throw thrown;
      return new Response(`${error.code}: ${error.message}\n`, { status: 400 });
    }
  },

  /** @param {unknown} _controller @param {Env} env */
  async scheduled(_controller, env) {
    const client = clientOf(env);
    const crm = openCrm({ fetch: (path, init) => vaultFetch(client, vaultOf(env), path, init) });
    await sync(crm, env.DB);
  },
};

/** What was deleted since the last whole pass, then what is new or changed. @param {ReturnType<typeof openCrm>} crm @param {D1Database} DB */
async function sync(crm, DB) {
  const keep = DB.prepare("INSERT OR REPLACE INTO sync VALUES ('Contacts', ?, ?, ?)");
  const upsert = DB.prepare(`INSERT OR REPLACE INTO contacts VALUES (?${", ?".repeat(FIELDS.length)})`);
  const remove = DB.prepare("DELETE FROM contacts WHERE id = ?");
  /** @type {any} */
  const state = await DB.prepare("SELECT since, began, page_token FROM sync WHERE module = 'Contacts'").first();
  let { since = null, began = null, page_token = null } = state ?? {};
  if (since && !began) {
    const { ids, date } = await crm.deleted("Contacts", since);
    began = date;
    // A batch is one transaction.
    await DB.batch([...ids.map((id) => remove.bind(id)), keep.bind(since, began, null)]);
  }
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await crm.page("Contacts", FIELDS, since, page_token).catch(async (error) => {
      // A page token serves for a day. The next run begins the pass anew. A first one keeps its beginning, from where the
      // pass after it asks for what was deleted.
      if (error instanceof CrmError && error.isOfPageToken) await keep.bind(since, since ? null : began, null).run();
      throw error;
    });
    began ??= page.date;
    page_token = page.next ?? null;
    const rows = page.records.map((record) => upsert.bind(record.id, ...FIELDS.map((name) => record[name] ?? null)));
    await DB.batch([...rows, page_token ? keep.bind(since, began, page_token) : keep.bind(began, null, null)]);
    if (!page_token) return;
  }
}

/** Compares digests, in constant time. @param {Request} request @param {Env} env */
async function isAdmin({ headers }, { ADMIN_KEY }) {
  // Not set: nobody is. It would be compared as the text "undefined".
  if (!ADMIN_KEY) return false;
  const digest = (/** @type {string} */ text) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const [given, wanted] = await Promise.all([headers.get("authorization") ?? "", `Bearer ${ADMIN_KEY}`].map(digest));
  return /** @type {any} */ (crypto.subtle).timingSafeEqual(given, wanted);
}
