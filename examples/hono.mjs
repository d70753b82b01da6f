// The redirect flow in Hono: users connect their Zoho accounts, and a page shows their leads.
//
//   ZOHO_CLIENT_ID=… ZOHO_CLIENT_SECRET=… ZOHO_LOCATION=eu SEALING_KEY=… node examples/hono.mjs
//
// Register the redirect URI http://localhost:3000/callback. Set PORT to listen on another port, and ORIGIN if users reach
// the application at another origin. SEALING_KEY encrypts the cookies and the file GRANTS (default grants.json), which
// stores the tokens: openssl rand -base64 32 | tr '+/' '-_' | tr -d =

import { serve } from "@hono/node-server";
import { OAuthClient, OAuthError, sealedStore, sealer, TokenManager, zoho } from "grantkit";
import { fileStore } from "grantkit/node";
import { webFlow } from "grantkit/web";
import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { html } from "hono/html";

const { ZOHO_CLIENT_ID = "", ZOHO_CLIENT_SECRET = "", ZOHO_LOCATION = "us", SEALING_KEY = "" } = process.env;
const { ORIGIN = "http://localhost:3000", PORT = "3000", GRANTS = "grants.json" } = process.env;

const client = new OAuthClient({
  server: zoho({ location: /** @type {import("grantkit").ZohoLocation} */ (ZOHO_LOCATION) }),
  client_id: ZOHO_CLIENT_ID,
  client_secret: ZOHO_CLIENT_SECRET,
  redirect_uri: `${ORIGIN}/callback`,
});
const keys = sealer(SEALING_KEY);
const flow = webFlow(client, { sealer: keys, scope: "ZohoCRM.modules.leads.READ", parameters: { prompt: "consent" } });
const grants = sealedStore(fileStore(GRANTS), keys);
const grantOf = (/** @type {string} */ user) => new TokenManager(client, grants, { key: user });

const secure = ORIGIN.startsWith("https:");
// The prefix prevents a sibling domain from setting this cookie.
const SESSION = secure ? "__Host-session" : "session";
const purpose = "session";

/** The user of the session; undefined if the cookie is absent, too old or not sealed by this application. @param {import("hono").Context} c */
async function userOf(c) {
  const session = getCookie(c, SESSION);
  const value = session && (await keys.unseal(session, { purpose }).catch(() => undefined));
  return /** @type {{ user: string } | undefined} */ (value)?.user;
}

const app = new Hono();

app.get("/", async (c) => {
  const user = await userOf(c);
  if (!user) return c.html(page(html`<p><a href="/login">Connect Zoho</a></p>`));
  const response = await grantOf(user).fetch("/crm/v8/Leads?fields=Full_Name,Company&per_page=10");
  const { data = [] } = response.status === 204 ? {} : await response.json();
  const leads = data.map((/** @type {Record<string, string>} */ lead) => {
    return html`<li>${lead.Full_Name}, ${lead.Company}</li>`;
  });
  const disconnect = html`<form method="post" action="/disconnect"><button>Disconnect</button></form>`;
  return c.html(page(html`<ul>${leads}</ul>${disconnect}`));
});

app.get("/login", (c) => flow.login(c.req.raw, { return_to: "/" }));

app.get("/callback", async (c) => {
  const { tokens, return_to, headers } = await flow.callback(c.req.raw);
  // In your application this is the user who is logged in. Here each session is a user.
  const user = (await userOf(c)) ?? crypto.randomUUID();
  await grantOf(user).save(tokens);
  for (const [name, value] of headers) c.header(name, value, { append: true });
  const maxAge = 30 * 86_400;
  setCookie(c, SESSION, await keys.seal({ user }, { purpose, maxAge }), {
    httpOnly: true,
    sameSite: "Lax",
    secure,
    maxAge,
  });
  return c.redirect(return_to, 303);
});

app.post("/disconnect", async (c) => {
  const user = await userOf(c);
  if (user) await grantOf(user).revoke();
  deleteCookie(c, SESSION, { secure });
  return c.redirect("/", 303);
});

app.onError((error, c) => {
  if (!(error instanceof OAuthError)) throw error;
  for (const [name, value] of error.headers ?? []) c.header(name, value, { append: true });
  const content = html`<p>${error.message}</p><a href="/login">Connect again</a>`;
  return c.html(page(content), error.retryable ? 503 : 400);
});

serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) => console.log(`${ORIGIN} is served on port ${port}`));

/** @param {ReturnType<typeof html>} content */
function page(content) {
  return html`<!doctype html><html lang="en"><title>Leads</title><h1>Leads</h1>${content}</html>`;
}
