import { html } from "hono/html";
import { mask } from "../examples/support/steps.mjs";
import { USERS } from "./zoho.mjs";

/** @typedef {import("grantkit").TokenSet} TokenSet */
/** @typedef {import("./sessions.mjs").Told} Told */
/** @typedef {{ name: string, leads: import("./crm.mjs").Lead[] } | { error: Told }} Crm */

/**
 * @typedef {object} View
 * @property {Record<import("grantkit").ZohoLocation, string>} accounts
 * @property {import("./sessions.mjs").Session | undefined} session
 * @property {Crm | undefined} crm
 */

/** @param {View} view */
export function page({ accounts, session: { tokens, notice, error } = { pending: new Map() }, crm }) {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${tokens ? "Connected" : "Not connected"} · grantkit</title>
  <link rel="icon" href="/icon.svg">
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <header>
    <h1>grantkit</h1>
    <p>An OAuth 2.0 client, here in the web flow with Zoho. This Zoho is a fake on your machine: you need no account, and
      nothing is sent elsewhere.</p>
  </header>
  <main>
    ${notice && html`<p class="said" role="status">${notice}</p>`}
    ${error && problem(error)}
    ${tokens ? connected(tokens, accounts, crm) : disconnected()}
  </main>
</body>
</html>`;
}

function disconnected() {
  return html`<section aria-labelledby="connect">
      <h2 id="connect">Connect a Zoho account</h2>
      <ol>
        <li>Connect leads to Zoho's consent page.</li>
        <li>There you choose who you are. Each of the ${Object.keys(USERS).length} users has an account at another data
          centre. Approve or refuse.</li>
        <li>Zoho sends you back with a code. grantkit checks that it answers your request, and exchanges it at your data
          centre.</li>
      </ol>
      <form method="post" action="/connect"><button class="main">Connect</button></form>
    </section>`;
}

/** @param {TokenSet} tokens @param {View["accounts"]} accounts @param {Crm | undefined} crm */
function connected(tokens, accounts, crm) {
  const { accounts_server, api_domain, scope = "", access_token, refresh_token, expires_at = 0 } = tokens;
  const location = Object.entries(accounts).find(([, origin]) => origin === accounts_server)?.[0];
  return html`<section aria-labelledby="grant">
      <h2 id="grant">What Zoho granted</h2>
      <dl>
        <div><dt>Data centre</dt><dd>${location}</dd></div>
        <div><dt>Tokens from</dt><dd><code>${accounts_server}</code></dd></div>
        <div><dt>API at</dt><dd><code>${api_domain}</code></dd></div>
        <div><dt>Scopes</dt><dd>${scope.split(" ").map((one) => html`<code>${one}</code> `)}</dd></div>
        <div><dt>Access token</dt><dd><code>${mask(access_token)}</code>, ${expiry(expires_at)}</dd></div>
        <div><dt>Refresh token</dt><dd><code>${mask(refresh_token)}</code>, until it is revoked</dd></div>
      </dl>
      <div class="actions">
        <form method="post" action="/refresh"><button class="main">Refresh</button></form>
        <form method="post" action="/disconnect"><button>Disconnect</button></form>
      </div>
    </section>
    <section aria-labelledby="records">
      <h2 id="records">What the CRM answers</h2>
      ${crm && ("error" in crm ? problem(crm.error) : records(crm))}
    </section>`;
}

/** @param {Told} told */
function problem({ code, message, retryAfter }) {
  return html`<div class="problem" role="alert"><strong>${code}</strong><p>${message}.
      ${retryAfter && `It may succeed in ${Math.ceil(retryAfter / 60)} minutes.`}</p></div>`;
}

/** @param {{ name: string, leads: import("./crm.mjs").Lead[] }} crm */
function records({ name, leads }) {
  return html`<table>
          <caption>The newest leads of ${name}</caption>
          <thead><tr><th scope="col">Name</th><th scope="col">Company</th><th scope="col">City</th><th scope="col">Status</th></tr></thead>
          <tbody>${leads.map((lead) => {
            return html`
            <tr><th scope="row">${lead.Full_Name}</th><td>${lead.Company}</td><td>${lead.City}</td><td>${lead.Lead_Status}</td></tr>`;
          })}
          </tbody>
        </table>`;
}

/** @param {number} expires_at */
function expiry(expires_at) {
  const time = new Date(expires_at * 1000).toISOString();
  const minutes = Math.round((expires_at - Date.now() / 1000) / 60);
  const when = minutes > 0 ? `for ${minutes} more minutes, until` : "expired at";
  return html`${when} <time datetime="${time}">${time.slice(11, 16)} UTC</time>`;
}
