// The exchange of a Self Client's code. The code dies in minutes and works once, so nothing stands between it and the
// request; and where the server refuses, a user at a terminal can correct what was wrong while the code lives.

import { OAuthError } from "grantkit";
import { ask, askLocation, openClient } from "./client.js";
import { consoleHost, consoleList } from "./data-centres.js";
import { withHints } from "./failure.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./client.js").Client} Client */

/**
 * @param {Context} context
 * @param {Client} first
 * @param {string} given the code
 * @returns {Promise<{ client: Client, tokens: import("grantkit").TokenSet }>}
 */
export async function exchange(context, first, given) {
  let [client, code] = [first, given];
  for (;;) {
    try {
      return { client, tokens: await openClient(client, context).exchangeCode(code, { signal: context.signal }) };
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      if (!context.isInteractive || !isCorrectable(error)) throw withHints(error, await advice(error, client));
      // On stderr also with --json: it is not the outcome yet.
      context.output.tell({ code: error.code, message: error.message, hints: [] });
      [client, code] = await corrected(context, error, client, code);
    }
  }
}

/** @param {OAuthError} error */
function isCorrectable({ code }) {
  return code === "client_rejected" || code === "code_rejected";
}

/**
 * What the user changes. A refused client does not spend the code, as far as is known, so the same code is tried again.
 * Which data centre is the user's to say: to try them all would hand the secret to servers in nine other countries.
 *
 * @param {Context} context
 * @param {OAuthError} error
 * @param {Client} client
 * @param {string} code
 * @returns {Promise<[Client, string]>}
 */
async function corrected(context, { code: reason, error: word }, client, code) {
  if (reason === "code_rejected") return [client, await ask(context, "secret", "A new code (not shown)")];
  if (word === "invalid_client_secret") {
    return [{ ...client, client_secret: await ask(context, "secret", "Client secret (not shown)") }, code];
  }
  const question = "Which data centre does the address of your API console name? The code is tried there at once";
  return [{ ...client, location: await askLocation(context, question, client.location) }, code];
}

/** The likeliest causes, in order. @param {OAuthError} error @param {Client} client */
async function advice({ code, error }, { location }) {
  if (code === "client_rejected" && error === "invalid_client_secret") {
    return [
      `The client id is known at ${location}, but the secret is not its: copy it anew from the tab "Client Secret" of ${await consoleHost(location)}.`,
    ];
  }
  if (code === "client_rejected") {
    return [
      `1. The client is of another data centre than ${location}. The address of the console names it: ${await consoleList()}.`,
      "   Run again with that --location: while it lives, the code is still good there.",
      "2. The client id is mistyped, or of another kind of client than the code.",
    ];
  }
  if (code === "code_rejected") {
    return [
      '1. The code is older than the time chosen under "Time Duration" in the console, 3 minutes unless you chose another.',
      "2. The code was used before: a code works once, also where the answer was lost.",
      "3. The code was generated for another client, or in the console of another data centre.",
      "Generate a new code and run this again at once.",
    ];
  }
  return [];
}
