// Exchanges the code of a Self Client. The code expires in minutes and works once, so it is sent at once; if the server
// refuses, a user at a terminal can correct the client or the code before it expires.

import { OAuthError } from "grantkit";
import { ask, askLocation, createClient } from "./client-options.js";
import { withHints } from "./failure.js";
import { consoleHost, consoleList } from "./regions.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./client-options.js").Client} Client */

/**
 * @param {Context} context
 * @param {Client} first
 * @param {string} given the code
 * @param {() => Promise<void>} look throws if the grant could not be saved
 * @returns {Promise<{ client: Client, tokens: import("grantkit").TokenSet }>}
 */
export async function exchange(context, first, given, look) {
  let [client, code] = [first, given];
  for (;;) {
    await look();
    try {
      return { client, tokens: await createClient(client, context).exchangeCode(code, { signal: context.signal }) };
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      if (!context.isInteractive || !isCorrectable(error)) throw withHints(error, advice(error, client));
      // On stderr also with --json, because it is not the result yet.
      context.output.printError({ code: error.code, message: error.message, hints: [] });
      [client, code] = await corrected(context, error, client, code);
    }
  }
}

/** @param {OAuthError} error */
function isCorrectable({ code }) {
  return code === "client_rejected" || code === "code_rejected";
}

/**
 * Asks for a correction. A rejected client does not use up the code, as far as is known, so the same code is tried again.
 * The user names the data centre: trying them all would send the secret to servers in nine other countries.
 *
 * @param {Context} context
 * @param {OAuthError} error
 * @param {Client} client
 * @param {string} code
 * @returns {Promise<[Client, string]>}
 */
async function corrected(context, { code: reason, error }, client, code) {
  if (reason === "code_rejected") return [client, await ask(context, "secret", "A new code (not shown)")];
  if (error === "invalid_client_secret") {
    return [{ ...client, client_secret: await ask(context, "secret", "Client secret (not shown)") }, code];
  }
  const question = "Which data centre does the address of your API console name? The code is sent there at once";
  return [{ ...client, location: await askLocation(context, question, client.location) }, code];
}

/** The likely causes, the likeliest first. @param {OAuthError} error @param {Client} client */
function advice({ code, error }, { location }) {
  if (code === "client_rejected" && error === "invalid_client_secret") {
    return [
      `The client ID is known at ${location}, but the secret is wrong: copy it again from the tab "Client Secret" of ${consoleHost(location)}.`,
    ];
  }
  if (code === "client_rejected") {
    return [
      `1. The client is registered at another data centre than ${location}. The address of the console names it: ${consoleList()}.`,
      "   Run this again with that --location: until it expires, the code is still valid there.",
      "2. The client ID is mistyped, or belongs to another kind of client than the code.",
    ];
  }
  if (code === "code_rejected") {
    return [
      '1. The code is older than the "Time Duration" chosen in the console, which is 3 minutes by default.',
      "2. The code was used before: a code works once, even if the response was lost.",
      "3. The code was generated for another client, or in the console of another data centre.",
      "Generate a new code and run this again at once.",
    ];
  }
  return [];
}
