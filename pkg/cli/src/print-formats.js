// The forms of --print: a new grant, with its secrets, for other programs.

import { usage } from "./failure.js";
import { quoted } from "./shell-quote.js";

/** @typedef {import("./client-options.js").Client} Client */
/** @typedef {import("grantkit").TokenSet} TokenSet */

export const FORMS = /** @type {const} */ (["env", "wrangler"]);
/** @typedef {typeof FORMS[number]} Form */

/** The environment variables that an application needs. @param {Omit<Client, "client_secret"> & Partial<Client>} client @param {TokenSet} tokens */
export function variables({ location, client_id, client_secret = {} }, { refresh_token, accounts_server, api_domain }) {
  const [own, each] =
    typeof client_secret === "string" ? [client_secret, {}] : [client_secret[location], client_secret];
  const all = [
    ["ZOHO_LOCATION", location],
    ["ZOHO_CLIENT_ID", client_id],
    // Most applications read only this one.
    ["ZOHO_CLIENT_SECRET", own],
    ...Object.entries(each).map(([name, secret]) => [`ZOHO_CLIENT_SECRET_${name.toUpperCase()}`, secret]),
    ["ZOHO_REFRESH_TOKEN", refresh_token],
    ["ZOHO_ACCOUNTS_SERVER", accounts_server],
    ["ZOHO_API_DOMAIN", api_domain],
  ];
  return /** @type {[name: string, value: string][]} */ (all.filter(([, value]) => value));
}

/** @param {Form} form @param {[name: string, value: string][]} list */
export function printed(form, list) {
  const line = { env: envLine, wrangler: wranglerLine }[form];
  return list.map(([name, value]) => line(name, value)).join("\n");
}

/** A line that dotenv, `node --env-file` and a shell read alike. @param {string} name @param {string} value */
function envLine(name, value) {
  if (/^[\w.:/@+-]+$/.test(value)) return `${name}=${value}`;
  if (/^[^'\p{Cc}]*$/u.test(value)) return `${name}='${value}'`;
  // Within double quotes a shell expands $, ` and \, and some shells !.
  if (/^[^"$`\\!\p{Cc}]*$/u.test(value)) return `${name}="${value}"`;
  throw usage(`${name} has characters that an .env file cannot hold: set the variable by hand`);
}

/** For a POSIX shell. printf is built in, so the value is not in the list of processes. @param {string} name @param {string} value */
function wranglerLine(name, value) {
  return `printf %s ${quoted(value)} | npx wrangler secret put ${name}`;
}
