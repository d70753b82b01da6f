// A page that logs its user in by itself, with PKCE and no secret, at a server that speaks the standards and answers other
// origins (CORS). Tokens stay in the page's memory: a reload asks the server again.
//
//   npx vite examples/browser
//
// index.html names the issuer, and the client as it is registered there: public, with this page's URL as redirect URI.
// A Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' THE-ISSUER

import { memoryStore, OAuthClient, OAuthError, TokenManager } from "grantkit";

const { issuer = "", clientId: client_id = "" } = document.documentElement.dataset;
const SCOPE = "openid offline_access";

const server = await discover();
const client = new OAuthClient({ server, client_id, redirect_uri: location.origin + location.pathname });
const manager = new TokenManager(client, memoryStore());

on("login", async () => {
  const { url, pending } = await client.authorizationRequest({ scope: SCOPE, parameters: { prompt: "consent" } });
  sessionStorage.setItem("pending", JSON.stringify(pending));
  location.assign(url);
});
on("ask", ask);
on("logout", async () => {
  await manager.revoke();
  show("You are logged out.", "login");
});

if (location.search) await tell(finish);
else show("You are not logged in.", "login");

/** What the server says of itself (RFC 8414, OpenID Connect Discovery). */
async function discover() {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`, { redirect: "error" });
  const metadata = await answer.json();
  if (metadata.issuer !== issuer) throw new Error(`${issuer} calls itself ${metadata.issuer}`);
  return { ...metadata, api_domain: new URL(metadata.userinfo_endpoint).origin };
}

/** The user is back with a code, which leaves the address bar and the history. */
async function finish() {
  const callback = location.href;
  history.replaceState(null, "", location.pathname);
  const pending = sessionStorage.getItem("pending");
  sessionStorage.removeItem("pending");
  if (!pending) return show("This attempt was begun elsewhere, or is over. Please log in again.", "login");
  await manager.save(await client.authorizationCodeGrant(callback, JSON.parse(pending)));
  await ask();
}

async function ask() {
  const answer = await manager.fetch(server.userinfo_endpoint);
  const { sub } = await answer.json();
  show(`You are ${sub}.`, "ask", "logout");
}

/** @param {string} id @param {() => Promise<void>} run */
function on(id, run) {
  document.getElementById(id)?.addEventListener("click", () => tell(run));
}

/** @param {() => Promise<void>} run */
async function tell(run) {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    show(`${error.code}: ${error.message}`, "login");
  }
}

/** @param {string} text @param {...string} buttons the ones to press */
function show(text, ...buttons) {
  /** @type {HTMLElement} */ (document.getElementById("said")).textContent = text;
  for (const button of document.querySelectorAll("button")) button.hidden = !buttons.includes(button.id);
}
