// Which client a command speaks for: from flags, the environment, what is saved, and at last the user.

import { OAuthClient, zoho } from "grantkit";
import { DATA_CENTRES, LOCATIONS } from "./data-centres.js";
import { Failure, usage } from "./failure.js";
import { registeredAs } from "./fake/registered.js";
import { environmentOf, flagsOf } from "./told.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./clients-file.js").SavedClient} SavedClient */
/** @typedef {import("./clients-file.js").PerLocation} PerLocation */
/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

/** @typedef {Omit<SavedClient, "client_secret"> & { client_secret: PerLocation }} Client */

/**
 * The client that a new grant is for. Flags come first, then the environment, then what is saved.
 *
 * @param {Context} context
 * @param {Partial<SavedClient>} [found] what else says something of it: a file of the console, the fake
 * @returns {Promise<Client>}
 */
export async function newClient(context, found = {}) {
  const first = { ...found, ...flagsOf(context) };
  const saved = await context.savedClient();
  return complete(context, { ...saved, ...environmentOf(context, first), ...first });
}

/**
 * What is known of the client of the stored grant. A grant belongs to the client it was made with: so what is saved counts
 * before the environment, which may be another project's.
 *
 * @param {Context} context
 * @returns {Promise<Partial<SavedClient>>}
 */
export async function knownOfGrant(context) {
  const saved = await context.savedClient();
  const first = { ...saved, ...flagsOf(context) };
  // What a real user has in the environment, the fake has by itself.
  const spare = context.options.fake ? registeredAs(saved?.client_id) : environmentOf(context, first);
  return { ...spare, ...first };
}

/**
 * The client of the stored grant; asks for what is missing.
 *
 * @param {Context} context
 * @returns {Promise<Client>}
 */
export async function clientOfGrant(context) {
  const known = await knownOfGrant(context);
  const isKnown = known.location && known.client_id;
  // An application may have put a grant into the file, which then has no client beside it.
  if (!isKnown && !(await context.store.load(context.profile))) throw notConnected(context);
  return complete(context, known);
}

/** @param {Context} context */
export function notConnected(context) {
  const { profile, file } = context;
  return new Failure("reauthorization_required", `there is no grant of the profile "${profile}" in ${file}`, {
    hints: [
      `With a Self Client: grantkit self-client${context.again()}`,
      `With a server-based client and a browser: grantkit login${context.again()}`,
    ],
  });
}

/** @param {SavedClient} client @param {Context} context */
export function openClient(client, context) {
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

/** Asks for what is missing. @param {Context} context @param {Partial<SavedClient>} known @returns {Promise<Client>} */
async function complete(context, known) {
  if (!context.isInteractive) {
    const missing = [
      known.location ? "" : "--location (or ZOHO_LOCATION)",
      known.client_id ? "" : "--client-id (or ZOHO_CLIENT_ID)",
      known.client_secret ? "" : "ZOHO_CLIENT_SECRET",
    ].filter(Boolean);
    if (missing.length > 0) throw usage(`there is no terminal to ask at: give ${missing.join(", ")}`);
  }
  const location = known.location ?? (await askLocation(context, "In which data centre is the client registered?"));
  const client_id = known.client_id ?? (await ask(context, "text", "Client ID"));
  const client_secret = known.client_secret ?? (await ask(context, "secret", "Client secret (not shown)"));
  return { ...known, location, client_id, client_secret: withSecretsOf(context, location, client_secret) };
}

/**
 * The secret with those that the environment has for other data centres, since Zoho may issue one for each.
 *
 * @param {Context} context
 * @param {ZohoLocation} home
 * @param {PerLocation} secret
 * @returns {PerLocation}
 */
function withSecretsOf({ env, options }, home, secret) {
  const found = LOCATIONS.map((name) => [name, env[`ZOHO_CLIENT_SECRET_${name.toUpperCase()}`]]).filter(
    ([, text]) => text,
  );
  if (found.length === 0 || options.fake) return secret;
  const own = typeof secret === "string" ? { [home]: secret } : secret;
  return { ...own, ...Object.fromEntries(found) };
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
    choices.map((value) => ({ value, label: value, hint: DATA_CENTRES[value] })),
  );
}
