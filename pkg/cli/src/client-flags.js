// What flags and the environment say of a client.

import { LOCATIONS } from "./data-centres.js";
import { given, locationOf, perLocation } from "./options.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./clients-file.js").SavedClient} SavedClient */

const trimmed = (/** @type {string} */ _name, /** @type {string} */ text) => text.trim();

/** @type {{ option: string, member: keyof SavedClient, read: (name: string, text: string) => unknown }[]} */
const OPTIONS = [
  { option: "location", member: "location", read: locationOf },
  { option: "clientId", member: "client_id", read: trimmed },
  { option: "clientSecret", member: "client_secret", read: trimmed },
  { option: "accountsServer", member: "accounts_server", read: perLocation },
  { option: "apiDomain", member: "api_domain", read: perLocation },
];

/** @param {Context} context @returns {Partial<SavedClient>} */
export function flagsOf(context) {
  const flags = told(context, "flag", {});
  if (flags.client_secret) {
    context.output.warn(
      "a secret in an argument can be read in the list of processes and in the shell's history: set ZOHO_CLIENT_SECRET instead, or leave it out to be asked",
    );
  }
  return flags;
}

/**
 * What variables say of what is not known without them. The others are not looked at: they may be another project's.
 *
 * @param {Context} context
 * @param {Partial<SavedClient>} known
 * @returns {Partial<SavedClient>}
 */
export function environmentOf(context, known) {
  // With the fake, the variables of a real account stay out of it.
  return context.options.fake ? {} : told(context, "environment", known);
}

/** The secrets of data centres that variables have, since Zoho may issue one for each. @param {Context} context @returns {Partial<SavedClient>} */
export function secretsOf({ env, options }) {
  const named = LOCATIONS.map((name) => [name, env[`ZOHO_CLIENT_SECRET_${name.toUpperCase()}`]?.trim()]);
  const found = named.filter(([, secret]) => secret);
  return found.length > 0 && !options.fake ? { client_secret: Object.fromEntries(found) } : {};
}

/** @param {Context} context @param {"flag" | "environment"} from @param {Partial<SavedClient>} known @returns {Partial<SavedClient>} */
function told({ command }, from, known) {
  const found = OPTIONS.flatMap(({ option, member, read }) => {
    const text = member in known ? undefined : given(command, option);
    return text?.from === from ? [[member, read(text.name, text.text)]] : [];
  });
  return Object.fromEntries(found);
}
