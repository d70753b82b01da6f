// The options that several commands share, with their environment variables.

import { Option } from "commander";
import { usage } from "./failure.js";
import { isLocation, LOCATIONS, regionLabel } from "./regions.js";

/** @typedef {import("./clients-file.js").PerLocation} PerLocation */
/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

const COMMON_OPTIONS = [
  new Option("--profile <name>", "which grant of the file to use").env("GRANTKIT_PROFILE").default("default"),
  new Option("--file <path>", "the file of grants (default: in the user's data folder)").env("GRANTKIT_FILE"),
  new Option("--json", "print one JSON object on stdout, for errors too"),
  new Option("--fake", "use a fake Zoho: no account is needed, and nothing leaves this machine"),
  new Option("--verbose", "print each request on stderr, without secrets"),
  new Option("--no-color", "no colours (env: NO_COLOR)"),
];

const CLIENT_OPTIONS = [
  new Option("--location <data centre>", `where the client is registered: ${LOCATIONS.join(", ")}`).env(
    "ZOHO_LOCATION",
  ),
  new Option("--client-id <id>", "as the API console shows it").env("ZOHO_CLIENT_ID"),
  new Option("--client-secret <secret>", "visible to other users: prefer the variable, or omit it and be asked").env(
    "ZOHO_CLIENT_SECRET",
  ),
  new Option("--accounts-server <origins>", "replace the accounts server: ORIGIN, or eu=ORIGIN,in=ORIGIN").env(
    "GRANTKIT_ACCOUNTS_SERVER",
  ),
  new Option("--api-domain <origins>", "replace the origin of API calls, likewise").env("GRANTKIT_API_DOMAIN"),
];

/** @template {import("commander").Command} C @param {C} command */
export function addCommonOptions(command) {
  for (const option of COMMON_OPTIONS) command.addOption(option);
  return command;
}

/** @template {import("commander").Command} C @param {C} command */
export function addClientOptions(command) {
  for (const option of CLIENT_OPTIONS) command.addOption(option);
  return command;
}

/**
 * The value of an option, and its source.
 *
 * @param {import("commander").Command} command
 * @param {string} option
 * @returns {{ text: string, from: "flag" | "environment", name: string } | undefined} `name` is that of the flag or the variable
 */
export function given(command, option) {
  const text = command.optsWithGlobals()[option];
  const source = command.getOptionValueSourceWithGlobals(option);
  // An empty variable counts as absent.
  if (typeof text !== "string" || text === "") return undefined;
  const { long = "", envVar = "" } = command.options.find((known) => known.attributeName() === option) ?? {};
  if (source === "cli") return { text, from: "flag", name: `${long}` };
  return source === "env" ? { text, from: "environment", name: envVar } : undefined;
}

/** @param {string} name of the flag or variable @param {string} text @returns {ZohoLocation} */
export function locationOf(name, text) {
  const location = text.trim().toLowerCase();
  if (isLocation(location)) return location;
  const known = LOCATIONS.map(regionLabel).join(", ");
  throw usage(`${name} is ${JSON.stringify(text)}, which is not a data centre of Zoho: use one of ${known}`);
}

/** One origin, or one for each data centre. @param {string} name @param {string} text @returns {PerLocation} */
export function perLocation(name, text) {
  if (!text.includes("=")) return text;
  const pairs = text.split(",").map((pair) => {
    const at = pair.indexOf("=");
    const origin = pair.slice(at + 1).trim();
    if (at < 1 || !origin)
      throw usage(`${name} is not a list of origins: give ORIGIN, or a list such as eu=ORIGIN,in=ORIGIN`);
    return [locationOf(name, pair.slice(0, at)), origin];
  });
  return Object.fromEntries(pairs);
}

/** @param {string} name @param {string} text @param {number} least @param {number} most */
export function wholeNumber(name, text, least, most) {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw usage(`${name} is ${JSON.stringify(text)}: give a whole number from ${least} to ${most}`);
}

/** A profile is the key of a grant. @param {string} text */
export function profileOf(text) {
  if (/^[^\s\p{C}][^\p{C}]{0,127}$/u.test(text)) return text;
  throw usage("--profile is not valid: give a name of 1 to 128 characters that does not begin with a space");
}
