// The members of a client that flags and variables give.

import { given, locationOf, perLocation } from "./options.js";
import { LOCATIONS } from "./regions.js";

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
  const flags = membersFrom("flag", context, {});
  if (flags.client_secret) {
    context.output.warn(
      "a secret in an argument can be read in the list of processes and in the shell's history: set ZOHO_CLIENT_SECRET instead, or omit it and type it when asked",
    );
  }
  return flags;
}

/**
 * The members that only variables give. Other variables are not read, because they may be of another project.
 *
 * @param {Context} context
 * @param {Partial<SavedClient>} known
 * @returns {Partial<SavedClient>}
 */
export function environmentOf(context, known) {
  // The fake reads no variable of a real account.
  return context.options.fake ? {} : membersFrom("environment", context, known);
}

/** The secrets of single data centres, from variables such as ZOHO_CLIENT_SECRET_EU. @param {Context} context @returns {Partial<SavedClient>} */
export function secretsOf({ env, options }) {
  const named = LOCATIONS.map((name) => [name, env[`ZOHO_CLIENT_SECRET_${name.toUpperCase()}`]?.trim()]);
  const found = named.filter(([, secret]) => secret);
  return found.length > 0 && !options.fake ? { client_secret: Object.fromEntries(found) } : {};
}

/** @param {"flag" | "environment"} from @param {Context} context @param {Partial<SavedClient>} known @returns {Partial<SavedClient>} */
function membersFrom(from, { command }, known) {
  const found = OPTIONS.flatMap(({ option, member, read }) => {
    const text = member in known ? undefined : given(command, option);
    return text?.from === from ? [[member, read(text.name, text.text)]] : [];
  });
  return Object.fromEntries(found);
}
