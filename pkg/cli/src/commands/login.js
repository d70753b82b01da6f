// The authorization code flow with a loopback redirect URI (RFC 8252): the user consents in a browser.

import { OAuthError } from "grantkit";
import { ask, createClient, newClient } from "../client-options.js";
import { usage, withHints } from "../failure.js";
import { serveConsent } from "../fake/consent-server.js";
import { loopbackUri, receiveRedirect } from "../loopback.js";
import { checkDestination, checkReplaced, formOf, saveOrPrint } from "../new-grant.js";
import { given, wholeNumber } from "../options.js";

/** @typedef {import("../context.js").Context} Context */

export const REDIRECT_URI = "http://127.0.0.1:8765/callback";
const FAKE_SCOPE = "ZohoCRM.modules.ALL,ZohoCRM.org.READ";

/** @param {Context} context @param {{ open: boolean, timeout: string, print?: string, saveSecret: boolean }} options */
export async function login(context, { open, timeout, print, saveSecret }) {
  const form = formOf(print);
  const seconds = wholeNumber("--timeout", timeout, 1, 3600);
  const fake = context.options.fake ? await context.fakeZoho() : undefined;
  const known = await newClient(context, fake?.webClient);
  const redirect_uri = setting(context, "redirectUri") ?? known.redirect_uri ?? REDIRECT_URI;
  loopbackUri(redirect_uri);
  const scope = setting(context, "scope") ?? known.scope ?? (fake ? FAKE_SCOPE : await askScope(context));
  const client = { ...known, redirect_uri, scope };
  await fake?.register(redirect_uri);
  await checkDestination(context, client, form);

  const oauth = createClient(client, context);
  // Without prompt=consent, Zoho issues a refresh token at the first consent only.
  const options = { scope: scope.split(/[\s,]+/), parameters: { prompt: "consent" }, maxAge: seconds + 60 };
  const { url, pending } = await oauth.authorizationRequest(options);
  const served = fake && (await serveConsent(fake, url));
  /** @type {{ stop: () => unknown } | undefined} */
  let spinner;
  try {
    return await receiveRedirect({
      redirect_uri,
      state: pending.state,
      // The grant is saved before the browser gets a response: its page reports the result, and may never be fetched.
      async handle(callback) {
        await checkReplaced(context, form);
        const tokens = await oauth.authorizationCodeGrant(callback, pending, { signal: context.signal });
        spinner?.stop();
        return saveOrPrint(context, client, tokens, { form, saveSecret });
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

/** A flag, or a variable unless the fake is used. @param {Context} context @param {string} name */
function setting(context, name) {
  const option = given(context.command, name);
  return option && !(option.from === "environment" && context.options.fake) ? option.text : undefined;
}

/** @param {Context} context */
function askScope(context) {
  if (!context.isInteractive)
    throw usage("no scope was given: give --scope or ZOHO_SCOPE, such as ZohoCRM.modules.ALL");
  return ask(context, "text", "Scopes, separated by commas (such as ZohoCRM.modules.ALL)");
}

/** @param {Context} context @param {{ client_id: string, redirect_uri: string }} client @param {string} url @param {boolean} shouldOpen */
async function invite({ output, env, isInteractive }, { client_id, redirect_uri }, url, shouldOpen) {
  output.note(`The client ${client_id} must have exactly this redirect URI: ${redirect_uri}`);
  if (env.SSH_CONNECTION) {
    const { port, hostname } = new URL(redirect_uri);
    output.note(`From a browser on another machine: ssh -L ${port}:${hostname}:${port} this machine`);
  }
  const isOpened = shouldOpen && (await import("../browser.js").then(({ openBrowser }) => openBrowser(url)));
  output.note(
    `${isOpened ? "A browser was started. If it does not show Zoho's page, open" : "Open"} this URL:\n\n${url}\n`,
  );
  if (!isInteractive) return undefined;
  const { startSpinner } = await import("../interactive.js");
  return startSpinner("Waiting for your answer in the browser. Ctrl-C stops.");
}

/** @param {unknown} error @param {Context} context */
function withAdvice(error, { options }) {
  if (!(error instanceof OAuthError)) return error;
  if (error.code === "client_rejected" && error.error === "invalid_client_secret" && !options.fake) {
    return withHints(error, [
      "Zoho issues a secret for each data centre by default. If the user's account is at another data centre than the",
      "client, set the secret of that data centre too, such as ZOHO_CLIENT_SECRET_IN.",
    ]);
  }
  if (error.code === "client_rejected") {
    return withHints(error, [
      "In the console, check that the client is enabled for the user's data centre (Multi-DC).",
    ]);
  }
  return error;
}
