// The entries that use files and sockets, in a runtime that runs as its own process. Its arguments are a folder for the
// files, the port of a Redis, the module of a Redis client, and the name of the file for its results.

import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OAuthClient, TokenManager, zoho } from "grantkit";
import { fileStore } from "grantkit/node";
import { redisStore } from "grantkit/redis";
import { checkTokenStore, fakeZoho } from "grantkit/testing";

const [folder = "", port = "", redis = "", out = ""] = process.argv.slice(2);

const registered = { client_id: "1000.SUBPATHS", client_secret: "secret-of-subpaths-77b1" };
const fake = await fakeZoho({ clients: [{ ...registered, location: "eu" }] });
const { accounts, api, close } = await fake.listen();
const server = zoho({ location: "eu", accountsServer: accounts.eu, apiDomain: api.eu });
const client = new OAuthClient({ server, ...registered });
const code = fake.selfClientCode({ client_id: registered.client_id, scope: "ZohoCRM.modules.leads.READ" });

// Two managers with one file, as in two processes.
const path = join(folder, "grants", "tokens.json");
const managers = [fileStore(path), fileStore(path)].map((store) => new TokenManager(client, store));
const [first, second] = /** @type {[TokenManager, TokenManager]} */ (managers);
const granted = await client.exchangeCode(code);
await first.save(granted);
const fresh = await Promise.all(
  [first, second, first, second].map((manager) => manager.accessToken({ rejected: granted.access_token })),
);
const response = await second.fetch("/crm/v8/Leads?fields=Company&per_page=1");
const { data } = await response.json();
const refreshes = fake.log.filter(({ grant_type }) => grant_type === "refresh_token").length;

await checkTokenStore(() => fileStore(join(folder, "checked.json")));

const { default: Redis } = await import(redis);
const connection = new Redis({ host: "127.0.0.1", port: Number(port) });
// Two runtimes use that Redis at the same time.
await checkTokenStore(() => redisStore(connection, { prefix: `${folder}:` }));
connection.disconnect();
await close();

const results = {
  mode: ((await stat(path)).mode & 0o777).toString(8),
  different: fresh.every((token) => token !== granted.access_token),
  refreshes,
  companies: data.map((/** @type {{ Company: string }} */ lead) => lead.Company),
};
await writeFile(out, JSON.stringify(results));
