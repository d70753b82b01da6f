// The web flow with this machine as the redirect URI: the user consents in a browser.

import { OAuthError } from "grantkit";
import { ask, newClient, openClient } from "../client.js";
import { connected, formOf, prepare } from "../connected.js";
import { usage, withHints } from "../failure.js";
import { serveConsent } from "../fake/consent.js";
import { loopbackUri, receiveRedirect } from "../loopback.js";
import { given, wholeNumber } from "../options.js";

/** @typedef {import("../context.js").Context} Context */

export const REDIRECT_URI = "http://127.0.0.1:8765/callback";
const FAKE_SCOPE = "ZohoCRM.modules.ALL,ZohoCRM.org.READ";

/** @param {Context} context @param {{ open: boolean, timeout: string, print?: string, saveSecret: boolean }} options */
export async function login(context, { open, timeout, print, saveSecret }) {
  const form = formOf(print);
  const seconds = wholeNumber("--timeout", timeout, 1, 3600);
  const world = context.options.fake ? await context.world() : undefined;
  const known = await newClient(context, world?.webClient);
  const redirect_uri = setting(context, "redirectUri") ?? known.redirect_uri ?? REDIRECT_URI;
  loopbackUri(redirect_uri);
  const scope = setting(context, "scope") ?? known.scope ?? (world ? FAKE_SCOPE : await askScope(context));
  const client = { ...known, redirect_uri, scope };
  await world?.register(redirect_uri);
  await prepare(context, client, form);

  const oauth = openClient(client, context);
  // Zoho gives a refresh token at the first consent alone, unless it is told to ask again.
  const asked = { scope: scope.split(/[\s,]+/), parameters: { prompt: "consent" }, maxAge: seconds + 60 };
  const { url, pending } = await oauth.authorizationRequest(asked);
  const served = world && (await serveConsent(world, url));
  /** @type {{ stop: () => unknown } | undefined} */
  let spinner;
  try {
    return await receiveRedirect({
      redirect_uri,
      state: pending.state,
      // All of it before the browser is answered: its page says whether the grant is kept, and may never be fetched.
      async handle(callback) {
        const tokens = await oauth.authorizationCodeGrant(callback, pending, { signal: context.signal });
        spinner?.stop();
        return connected(context, client, tokens, { form, saveSecret });
      },
      async listening() {
        spinner = await invite(context, client, served?.url ?? url, open);
      },
      seconds,
      signal: context.signal,
    });
  } catch (error) {
    throw withAdvice(error, context);
  } finally {
    spinner?.stop();
    await served?.close();
  }
}

/** A flag, or a variable where it is not the fake. @param {Context} context @param {string} name */
function setting(context, name) {
  const option = given(context.command, name);
  return option && !(option.from === "environment" && context.options.fake) ? option.text : undefined;
}

/** @param {Context} context */
function askScope(context) {
  if (!context.isInteractive) throw usage("which scopes? give --scope or ZOHO_SCOPE, such as ZohoCRM.modules.ALL");
  return ask(context, "text", "Scopes, with commas between them (such as ZohoCRM.modules.ALL)");
}

/** @param {Context} context @param {{ client_id: string, redirect_uri: string }} client @param {string} url @param {boolean} shouldOpen */
async function invite({ output, env, isInteractive }, { client_id, redirect_uri }, url, shouldOpen) {
  output.note(`The client ${client_id} has to have this redirect URI, exactly so: ${redirect_uri}`);
  if (env.SSH_CONNECTION) {
    const { port, hostname } = new URL(redirect_uri);
    output.note(`From a browser on another machine: ssh -L ${port}:${hostname}:${port} this machine`);
  }
  const isOpened = shouldOpen && (await import("../browser.js").then(({ openBrowser }) => openBrowser(url)));
  output.note(
    `${isOpened ? "A browser was started. If it shows no page of Zoho's, open" : "Open"} this address:\n\n${url}\n`,
  );
  if (!isInteractive) return undefined;
  const { startSpinner } = await import("../interactive.js");
  return startSpinner("Waiting for your answer in the browser. Ctrl-C gives up.");
}

/** @param {unknown} error @param {Context} context */
function withAdvice(error, { options }) {
  if (!(error instanceof OAuthError)) return error;
  if (error.code === "client_rejected" && error.error === "invalid_client_secret" && !options.fake) {
    return withHints(error, [
      "Zoho issues a secret for each data centre, unless the console was told otherwise. If the user who answered lives at",
      "another data centre than the client, set its secret too, such as ZOHO_CLIENT_SECRET_IN.",
    ]);
  }
  if (error.code === "client_rejected") {
    return withHints(error, [
      "In the console, see that the client is enabled for the data centre of the user (Multi-DC).",
    ]);
  }
  return error;
}
