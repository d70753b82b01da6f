// The redirect flow in Express: users connect their Zoho accounts, and a page shows their leads.
//
//   ZOHO_CLIENT_ID=… ZOHO_CLIENT_SECRET=… ZOHO_LOCATION=eu SESSION_SECRET=… SEALING_KEY=… node examples/express.mjs
//
// Register the redirect URI http://localhost:3000/callback. Set PORT to listen on another port, and ORIGIN if users reach
// the application at another origin. SEALING_KEY encrypts the cookies and the file GRANTS (default grants.json), which
// stores the tokens: openssl rand -base64 32 | tr '+/' '-_' | tr -d =

import { randomUUID } from "node:crypto";
import express from "express";
import session from "express-session";
import { OAuthClient, OAuthError, sealedStore, sealer, TokenManager, zoho } from "grantkit";
import { fileStore } from "grantkit/node";
import { webFlow } from "grantkit/web";

const { ZOHO_CLIENT_ID = "", ZOHO_CLIENT_SECRET = "", ZOHO_LOCATION = "us" } = process.env;
const { SESSION_SECRET = "", SEALING_KEY = "" } = process.env;
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

const app = express();
app.set("trust proxy", 1);
app.use(
  session({
    // The prefix prevents a sibling domain from setting this cookie.
    name: secure ? "__Host-session" : "session",
    secret: SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: "lax", secure },
  }),
);

app.get("/", async (req, res) => {
  const { user } = sessionOf(req);
  if (!user) {
    res.send(page('<p><a href="/login">Connect Zoho</a></p>'));
    return;
  }
  const response = await grantOf(user).fetch("/crm/v8/Leads?fields=Full_Name,Company&per_page=10");
  const { data = [] } = response.status === 204 ? {} : await response.json();
  const leads = data.map((/** @type {Record<string, string>} */ lead) => {
    return `<li>${text(lead.Full_Name)}, ${text(lead.Company)}</li>`;
  });
  res.send(
    page(`<ul>${leads.join("")}</ul><form method="post" action="/disconnect"><button>Disconnect</button></form>`),
  );
});

app.get("/login", async (req, res) => send(res, await flow.login(requestOf(req), { return_to: "/" })));

app.get("/callback", async (req, res) => {
  const { tokens, return_to, headers } = await flow.callback(requestOf(req));
  // In your application this is the user who is logged in. Here each session is a user.
  const { user = randomUUID() } = sessionOf(req);
  // A new session ID prevents session fixation.
  await new Promise((resolve, reject) => req.session.regenerate((error) => (error ? reject(error) : resolve(null))));
  await grantOf(user).save(tokens);
  Object.assign(req.session, { user });
  res.setHeaders(headers).redirect(303, return_to);
});

app.post("/disconnect", async (req, res) => {
  const { user } = sessionOf(req);
  if (user) await grantOf(user).revoke();
  req.session.destroy(() => res.redirect(303, "/"));
});

/** @type {import("express").ErrorRequestHandler} */
const showError = (error, _req, res, next) => {
  if (!(error instanceof OAuthError)) return next(error);
  if (error.headers) res.setHeaders(error.headers);
  res.status(error.retryable ? 503 : 400).send(page(`<p>${text(error.message)}</p><a href="/login">Connect again</a>`));
};
app.use(showError);

const server = app.listen(Number(PORT), () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  console.log(`${ORIGIN} is served on port ${port}`);
});

/** @param {import("express").Request} req @returns {{ user?: string }} */
function sessionOf(req) {
  return /** @type {any} */ (req.session);
}

/** The request that the flow needs: its method, URL and cookies. @param {import("express").Request} req */
function requestOf(req) {
  const { method, headers } = req;
  return new Request(new URL(req.originalUrl, ORIGIN), { method, headers: { cookie: headers.cookie ?? "" } });
}

/** @param {import("express").Response} res @param {Response} response */
function send(res, { status, headers }) {
  res.status(status).setHeaders(headers).end();
}

/** @param {string} content */
function page(content) {
  return `<!doctype html><html lang="en"><title>Leads</title><h1>Leads</h1>${content}</html>`;
}

/** @param {string | null} [value] */
function text(value) {
  return (value ?? "").replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
