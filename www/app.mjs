// The page's server: a session for each browser, the web flow, and two CRM calls.

import { readFileSync } from "node:fs";
import { OAuthError } from "grantkit";
import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { secureHeaders } from "hono/secure-headers";
import { CrmError, leads, organisation } from "./crm.mjs";
import { page } from "./page.mjs";
import { sessions } from "./sessions.mjs";
import { SCOPE } from "./web-flow.mjs";

const STYLE = readFileSync(new URL("style.css", import.meta.url), "utf8");
const ICON = readFileSync(new URL("icon.svg", import.meta.url), "utf8");

/** @typedef {import("./sessions.mjs").Session} Session */

/**
 * @param {object} parts
 * @param {import("grantkit").OAuthClient} parts.client
 * @param {string} parts.origin where the page is
 * @param {Record<import("grantkit").ZohoLocation, string>} parts.accounts
 */
export function demo({ client, origin, accounts }) {
  const app = new Hono();
  const { find, findOrBegin, rename } = sessions();

  app.use(secureHeaders({ ...HEADERS, contentSecurityPolicy: policy(accounts.us) }));
  app.use(csrf({ origin }));
  app.use(async (c, next) => {
    const { origin: asked, pathname, search } = new URL(c.req.url);
    // The redirect URI has one origin, and its cookies are not those of another name for this machine.
    return asked === origin ? next() : c.redirect(`${origin}${pathname}${search}`);
  });

  app.get("/style.css", (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get("/icon.svg", (c) => c.body(ICON, 200, { "content-type": "image/svg+xml" }));

  app.get("/", async (c) => {
    const session = find(c);
    c.header("cache-control", "no-store");
    return c.html(page({ accounts, session, crm: session?.tokens && (await records(session)) }));
  });

  app.post("/connect", (c) => {
    const session = findOrBegin(c);
    return act(c, session, async () => {
      // Nothing is kept of an earlier grant, so a new refresh token is needed.
      const { url, pending } = await client.authorizationRequest({ scope: SCOPE, parameters: { prompt: "consent" } });
      session.pending.set(pending.state, pending);
      return url;
    });
  });

  app.get("/callback", (c) => {
    const session = findOrBegin(c);
    return act(c, session, async () => {
      const state = c.req.query("state") ?? "";
      const pending = session.pending.get(state);
      session.pending.delete(state);
      // Without its Pending a callback is refused; that is the client's to say.
      session.tokens = await client.authorizationCodeGrant(c.req.url, /** @type {any} */ (pending));
      session.notice = "Connected. The code was checked and exchanged.";
      rename(c);
    });
  });

  app.post("/refresh", (c) => {
    const session = findOrBegin(c);
    return act(c, session, async () => {
      if (!session.tokens) return;
      session.tokens = await client.refreshTokenGrant(session.tokens);
      session.notice = "Refreshed. The access token is a new one, the refresh token the same.";
    });
  });

  app.post("/disconnect", (c) => {
    const session = findOrBegin(c);
    return act(c, session, async () => {
      if (!session.tokens) return;
      await client.revoke(session.tokens);
      delete session.tokens;
      session.notice = "Disconnected. The grant is revoked, and its tokens are forgotten.";
    });
  });

  return app;
}

/**
 * Does something for a session, and sends the browser where it says, else to the page, which tells what came of it.
 *
 * @param {import("hono").Context} c
 * @param {Session} session
 * @param {() => Promise<string | void>} run
 */
async function act(c, session, run) {
  delete session.notice;
  delete session.error;
  try {
    return c.redirect((await run()) ?? "/", 303);
  } catch (error) {
    session.error = told(error);
    return c.redirect("/", 303);
  }
}

/** @param {Session} session */
async function records({ tokens }) {
  if (!tokens) return undefined;
  try {
    const [name, found] = await Promise.all([organisation(tokens), leads(tokens)]);
    return { name, leads: found };
  } catch (error) {
    return { error: told(error) };
  }
}

/** Of the errors that are to be expected. @param {unknown} error @returns {import("./sessions.mjs").Told} */
function told(error) {
  if (error instanceof CrmError) return { code: error.code, message: error.message };
  if (!(error instanceof OAuthError)) throw error;
  const { code, message, retryAfter } = error;
  return { code, message, retryAfter };
}

const HEADERS = { referrerPolicy: "same-origin", strictTransportSecurity: false };

/** @param {string} consent the origin to which the form of the page leads */
function policy(consent) {
  return {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    formAction: ["'self'", consent],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  };
}
