// A page that logs its user in with PKCE and without a client secret, at an OpenID server that allows requests from other
// origins (CORS). Tokens stay in the memory of the page, so a reload logs in again.
//
//   npx vite examples/browser
//
// index.html names the issuer and the client ID. Register the client as public, with the URL of this page as redirect URI.
// A Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' THE-ISSUER

import { memoryStore, OAuthClient, OAuthError, TokenManager } from "grantkit";

const { issuer = "", clientId: client_id = "" } = document.documentElement.dataset;
const SCOPE = "openid offline_access";

const server = await discover();
const client = new OAuthClient({ server, client_id, redirect_uri: location.origin + location.pathname });
const manager = new TokenManager(client, memoryStore());

onClick("login", async () => {
  const { url, pending } = await client.authorizationRequest({ scope: SCOPE, parameters: { prompt: "consent" } });
  sessionStorage.setItem("pending", JSON.stringify(pending));
  location.assign(url);
});
onClick("reload", showUser);
onClick("logout", async () => {
  await manager.revoke();
  show("You are logged out.", "login");
});

if (location.search) await showErrors(handleCallback);
else show("You are not logged in.", "login");

/** The metadata of the server (OpenID Connect Discovery 1.0, section 4). */
async function discover() {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`, { redirect: "error" });
  const metadata = await response.json();
  if (metadata.issuer !== issuer) throw new Error(`the metadata of ${issuer} names the issuer ${metadata.issuer}`);
  return { ...metadata, api_domain: new URL(metadata.userinfo_endpoint).origin };
}

/** Removes the code from the address bar and the history, then exchanges it. */
async function handleCallback() {
  const callback = location.href;
  history.replaceState(null, "", location.pathname);
  const pending = sessionStorage.getItem("pending");
  sessionStorage.removeItem("pending");
  if (!pending) return show("This login started in another tab, or has ended. Please log in again.", "login");
  await manager.save(await client.authorizationCodeGrant(callback, JSON.parse(pending)));
  await showUser();
}

async function showUser() {
  const response = await manager.fetch(server.userinfo_endpoint);
  const { sub } = await response.json();
  show(`You are ${sub}.`, "reload", "logout");
}

/** @param {string} id @param {() => Promise<void>} run */
function onClick(id, run) {
  document.getElementById(id)?.addEventListener("click", () => showErrors(run));
}

/** @param {() => Promise<void>} run */
async function showErrors(run) {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    show(`${error.code}: ${error.message}`, "login");
  }
}

/** @param {string} text @param {...string} buttons the ids of the visible buttons */
function show(text, ...buttons) {
  /** @type {HTMLElement} */ (document.getElementById("message")).textContent = text;
  for (const button of document.querySelectorAll("button")) button.hidden = !buttons.includes(button.id);
}
