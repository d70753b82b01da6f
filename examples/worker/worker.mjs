// A Worker that copies the contacts of Zoho CRM to a D1 database every hour. A Durable Object stores the grant, for this
// Worker and for others. wrangler.toml in this folder says how to deploy it. Then connect a Self Client, with a code that
// has the scope ZohoCRM.modules.READ:
//
//   curl --data "$ZOHO_CODE" -H "authorization: Bearer $ADMIN_KEY" https://YOUR-WORKER.workers.dev/connect

import { OAuthClient, zoho } from "grantkit";
import { TokenVault, vaultError, vaultFetch } from "grantkit/cloudflare";
import { CrmError, openCrm } from "../crm-sync/crm.mjs";

/** @typedef {import("@cloudflare/workers-types/index.ts").D1Database} D1Database */
/** @typedef {Record<"ZOHO_CLIENT_ID" | "ZOHO_CLIENT_SECRET" | "ADMIN_KEY", string>} Texts */
/** @typedef {Texts & { ZOHO_LOCATION: import("grantkit").ZohoLocation, VAULT: any, DB: D1Database }} Env */

/** The pages of 200 records that one run reads, since a Worker may send a limited number of requests. The next run resumes. */
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
    if (!(await isAdmin(request, env)))
      return new Response("ADMIN_KEY is missing or wrong: send it as a Bearer token\n", { status: 401 });
    try {
      if (new URL(request.url).pathname !== "/connect") return Response.json(await vaultOf(env).status());
      await vaultOf(env).save(await clientOf(env).exchangeCode(await request.text()));
      return new Response("connected\n");
    } catch (thrown) {
      // An error that the vault sent by RPC has lost its class: vaultError restores it.
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

/** Reads the contacts that were deleted since the last complete pass, then new and changed ones. @param {ReturnType<typeof openCrm>} crm @param {D1Database} DB */
async function sync(crm, DB) {
  const saveState = DB.prepare("INSERT OR REPLACE INTO sync VALUES ('Contacts', ?, ?, ?)");
  const upsert = DB.prepare(`INSERT OR REPLACE INTO contacts VALUES (?${", ?".repeat(FIELDS.length)})`);
  const remove = DB.prepare("DELETE FROM contacts WHERE id = ?");
  /** @type {any} */
  const state = await DB.prepare("SELECT since, began, page_token FROM sync WHERE module = 'Contacts'").first();
  let { since = null, began = null, page_token = null } = state ?? {};
  if (since && !began) {
    const { ids, date } = await crm.deleted("Contacts", since);
    began = date;
    // A batch is one transaction.
    await DB.batch([...ids.map((id) => remove.bind(id)), saveState.bind(since, began, null)]);
  }
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await crm.page("Contacts", FIELDS, since, page_token).catch(async (error) => {
      // A page token expires after a day. The next run starts the pass again. The first pass keeps the time at which it
      // started, so that the next pass also finds contacts that were deleted during the first.
      if (error instanceof CrmError && error.isPageTokenError)
        await saveState.bind(since, since ? null : began, null).run();
      throw error;
    });
    began ??= page.date;
    page_token = page.next ?? null;
    const rows = page.records.map((record) => upsert.bind(record.id, ...FIELDS.map((name) => record[name] ?? null)));
    await DB.batch([
      ...rows,
      page_token ? saveState.bind(since, began, page_token) : saveState.bind(began, null, null),
    ]);
    if (!page_token) return;
  }
}

/** Compares digests in constant time. @param {Request} request @param {Env} env */
async function isAdmin({ headers }, { ADMIN_KEY }) {
  // Without a key, no request is the admin's. An unset key would be compared as the text "undefined".
  if (!ADMIN_KEY) return false;
  const digest = (/** @type {string} */ text) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const [actual, expected] = await Promise.all([headers.get("authorization") ?? "", `Bearer ${ADMIN_KEY}`].map(digest));
  return /** @type {any} */ (crypto.subtle).timingSafeEqual(actual, expected);
}
