// The client that a command uses: from options, variables, the file of clients, and questions at the terminal.

import { OAuthClient, zoho } from "grantkit";
import { environmentOf, flagsOf, secretsOf } from "./client-flags.js";
import { Failure, usage } from "./failure.js";
import { registeredAs } from "./fake/clients.js";
import { countryOf, LOCATIONS } from "./regions.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./clients-file.js").SavedClient} SavedClient */
/** @typedef {import("./clients-file.js").PerLocation} PerLocation */
/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

/** @typedef {Omit<SavedClient, "client_secret"> & { client_secret: PerLocation }} Client */

/**
 * The client of a new grant. Flags come first, then variables, then the saved client.
 *
 * @param {Context} context
 * @param {Partial<SavedClient>} [found] members from elsewhere: the console's file, the fake
 * @returns {Promise<Client>}
 */
export async function newClient(context, found = {}) {
  const flags = flagsOf(context);
  const first = { ...found, ...flags };
  const environment = environmentOf(context, first);
  const saved = savedFor(await context.savedClient(), first.client_id ?? environment.client_id);
  const secrets = [flags, found, secretsOf(context), environment, saved].map((source) => source?.client_secret);
  return complete(context, { ...saved, ...environment, ...first }, secrets);
}

/**
 * What is known of the client of the stored grant. A grant belongs to the client that it was issued to, so the saved client
 * comes before the variables, which may be of another project.
 *
 * @param {Context} context
 * @returns {Promise<Partial<SavedClient>>}
 */
export async function knownClientOfGrant(context) {
  const { known, secrets } = await grantSources(context);
  const client_secret = secretOf(known.location, secrets);
  return { ...known, ...(client_secret && { client_secret }) };
}

/**
 * The saved client; for another client ID, without the members that belong to the saved one only.
 *
 * @param {SavedClient | undefined} saved
 * @param {string | undefined} client_id
 * @returns {SavedClient | undefined}
 */
function savedFor(saved, client_id = saved?.client_id) {
  if (!saved || client_id === saved.client_id) return saved;
  const { client_secret, redirect_uri, ...rest } = saved;
  return rest;
}

/** @param {Context} context @returns {Promise<{ known: Partial<SavedClient>, secrets: (PerLocation | undefined)[] }>} */
async function grantSources(context) {
  const flags = flagsOf(context);
  const saved = savedFor(await context.savedClient(), flags.client_id);
  const first = { ...saved, ...flags };
  // The fake knows its clients, and reads no variable of a real account.
  /** @type {Partial<SavedClient>} */
  const fallback = context.options.fake ? registeredAs(saved?.client_id) : environmentOf(context, first);
  const known = { ...fallback, ...first };
  // One secret for all data centres comes before the variables of single ones.
  if (typeof first.client_secret === "string") return { known, secrets: [first.client_secret] };
  const secrets = [first, secretsOf(context), fallback].map((source) => source.client_secret);
  return { known, secrets };
}

/**
 * The client of the stored grant. Asks for the members that are missing.
 *
 * @param {Context} context
 * @returns {Promise<Client>}
 */
export async function clientOfGrant(context) {
  const { known, secrets } = await grantSources(context);
  const isKnown = known.location && known.client_id;
  // A grant that an application saved has no client beside it.
  if (!isKnown && !(await context.record())) throw notConnected(context);
  return complete(context, known, secrets);
}

/** @param {Context} context */
export function notConnected(context) {
  const { profile, file } = context;
  return new Failure(
    "reauthorization_required",
    `there is no grant of the profile "${profile}" in ${file}: connect first`,
    {
      hints: [
        `With a Self Client: grantkit self-client${context.again()}`,
        `With a server-based client and a browser: grantkit login${context.again()}`,
      ],
    },
  );
}

/** @param {SavedClient} client @param {Context} context */
export function createClient(client, context) {
  const { location, client_id, client_secret, accounts_server, api_domain, redirect_uri } = client;
  return new OAuthClient({
    server: zoho({
      location,
      ...(accounts_server && { accountsServer: accounts_server }),
      ...(api_domain && { apiDomain: api_domain }),
    }),
    client_id,
    ...(client_secret && { client_secret }),
    ...(redirect_uri && { redirect_uri }),
    ...(context.fetch && { fetch: context.fetch }),
    trace: context.trace,
  });
}

/**
 * Asks for the members that are missing.
 *
 * @param {Context} context
 * @param {Partial<SavedClient>} known
 * @param {(PerLocation | undefined)[]} secrets in order of precedence
 * @returns {Promise<Client>}
 */
async function complete(context, known, secrets) {
  if (!context.isInteractive) {
    const missing = [
      known.location ? "" : "--location (or ZOHO_LOCATION)",
      known.client_id ? "" : "--client-id (or ZOHO_CLIENT_ID)",
      secrets.some(Boolean) ? "" : "ZOHO_CLIENT_SECRET",
    ].filter(Boolean);
    if (missing.length > 0)
      throw usage(`the client is not complete, and there is no terminal to ask at: give ${missing.join(", ")}`);
  }
  const location = known.location ?? (await askLocation(context, "In which data centre is the client registered?"));
  const client_id = known.client_id ?? (await ask(context, "text", "Client ID"));
  const client_secret = secretOf(location, secrets) ?? (await ask(context, "secret", "Client secret (not shown)"));
  return { ...known, location, client_id, client_secret };
}

/**
 * The first secret of each data centre. Where there is one for each, a single secret is that of the client's data centre.
 *
 * @param {ZohoLocation | undefined} home
 * @param {(PerLocation | undefined)[]} secrets
 * @returns {PerLocation | undefined}
 */
function secretOf(home, secrets) {
  const given = secrets.filter((secret) => secret !== undefined);
  if (given.every((secret) => typeof secret === "string")) return given[0];
  const each = given.map((secret) => (typeof secret === "string" ? home && { [home]: secret } : secret));
  return Object.assign({}, ...each.reverse());
}

/** @param {Context} context @param {"text" | "secret"} kind @param {string} message */
export async function ask(context, kind, message) {
  const prompts = await context.prompts();
  return (await prompts[kind](message)).trim();
}

/** @param {Context} context @param {string} message @param {ZohoLocation} [except] @returns {Promise<ZohoLocation>} */
export async function askLocation(context, message, except) {
  const prompts = await context.prompts();
  const choices = LOCATIONS.filter((location) => location !== except);
  return prompts.select(
    message,
    choices.map((value) => ({ value, label: value, hint: countryOf(value) })),
  );
}
