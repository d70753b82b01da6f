// The Worker's routes. The modules in worker/ implement them.

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { zohoRegions } from "./regions.js";
import { burst } from "./worker/burst.js";
import { clientOf } from "./worker/clients.js";
import { configOf } from "./worker/config.js";
import { clockOffsetOf, connect, vaultOf } from "./worker/connection.js";
import { crm } from "./worker/crm.js";
import { callFake, DEMO_CONTROLS } from "./worker/demo-controls.js";
import { disconnect } from "./worker/disconnect.js";
import { errorCodeOf } from "./worker/error-details.js";
import { errorResponse, showError } from "./worker/error-response.js";
import { badRequest, HttpError } from "./worker/http-error.js";
import { callback, login, parseLocation } from "./worker/redirect-flow.js";
import { eventRecorder, requestEvent } from "./worker/request-events.js";
import { requireOwnOrigin, withSecurityHeaders } from "./worker/security.js";
import { findSession, newSession, requireSession, setSession } from "./worker/session.js";
import { SCOPES, TOKEN_REQUEST_BUDGET } from "./worker/zoho.js";

export { Vault } from "./worker/vault.js";

/**
 * @typedef {object} Variables
 * @property {import("./worker/config.js").Config} config
 * @property {ReturnType<typeof eventRecorder>} recorder the events of the current request
 * @property {import("./worker/session.js").Session | undefined} session the session whose page shows the events
 */

/** @typedef {{ Bindings: import("./worker/config.js").Env, Variables: Variables }} Types */
/** @typedef {import("hono").Context<Types>} Context */

const MAX_BODY_BYTES = 16 * 1024;
/** The paths whose requests appear in the sequence diagram. */
const RECORDED_PATH = /^\/(?:login|callback|api\/(?:crm\/.*|disconnect|self-client|burst))$/;

const ASSET_PATH = /^\/(?!api\/).+\.[a-z0-9]+$/;

/** @type {Hono<Types>} */
const app = new Hono();

app.onError((error, c) => errorResponse(error, c));
app.notFound((c) => errorResponse(new HttpError(404, "not_found", "this page does not exist: start at /"), c));

// Before the configuration is read, because the page that reports a configuration error needs its style sheet.
app.get("*", async (c, next) => (ASSET_PATH.test(c.req.path) ? asset(c) : next()));

app.use(async (c, next) => {
  const config = configOf(c.env);
  c.set("config", config);
  c.set("recorder", eventRecorder());
  const { origin, pathname, search } = new URL(c.req.url);
  // The redirect URI has one origin. Cookies that a browser gets under another host name are not sent there.
  const isOtherOrigin = origin !== config.origin && ["GET", "HEAD"].includes(c.req.method);
  // Browsers cache a 308 redirect by its full URL, and the URL of a callback contains a code.
  if (isOtherOrigin) c.header("cache-control", "no-store");
  return isOtherOrigin ? c.redirect(config.origin + pathname + search, 308) : next();
});

app.use(async (c, next) => {
  const at = Date.now();
  await next();
  const session = c.get("session");
  const { method, path } = c.req;
  if (!session || !RECORDED_PATH.test(path)) return;
  const outcome = { status: c.res.status, durationMs: Date.now() - at, code: c.error && errorCodeOf(c.error) };
  const event = requestEvent({ at, from: "browser", to: "worker", method, path, ...outcome });
  const recorded = vaultOf(c, session).addEvents([event, ...c.get("recorder").events]);
  // A request succeeds even if its events cannot be stored.
  c.executionCtx.waitUntil(recorded.catch(() => {}));
});

app.get("/login", login);
app.get("/callback", callback);
app.get("/failed", showError);

app.use("/api/*", bodyLimit({ maxSize: MAX_BODY_BYTES, onError: rejectLargeBody }));
app.use("/api/*", async (c, next) => {
  c.header("cache-control", "no-store");
  if (c.req.method === "POST") {
    // The body is read before the origin check: an unread body closes the connection and fails the browser's next request.
    await c.req.text();
    requireOwnOrigin(c.req.raw.headers, c.get("config").origin);
  }
  return next();
});

app.get("/api/config", async (c) => {
  const { location, web, redirect_uri, self } = c.get("config");
  return c.json({
    fake: c.env.FAKE !== undefined,
    locations: zohoRegions.map((region) => region.location),
    location,
    scopes: SCOPES,
    client_id: web.client_id,
    redirect_uri,
    self_client: self !== undefined,
    budget: TOKEN_REQUEST_BUDGET,
    ...(c.env.FAKE && (await callFake(c, "describe"))),
  });
});

app.get("/api/session", async (c) => {
  const session = await findSession(c);
  if (session) return c.json(await vaultOf(c, session).describe());
  await setSession(c, newSession(), "anonymous");
  return c.json({ connected: false, now: Math.floor(Date.now() / 1000) });
});

app.get("/api/events", async (c) => {
  const headers = new Headers();
  const id = c.req.header("last-event-id");
  if (id) headers.set("last-event-id", id);
  return vaultOf(c, await requireSession(c)).fetch(
    new Request("http://vault/events", { headers, signal: c.req.raw.signal }),
  );
});

app.all("/api/crm/*", crm);

app.post("/api/burst", async (c) => c.json(await burst(c, await jsonBody(c))));

app.post("/api/disconnect", async (c) => {
  const session = await requireSession(c);
  c.set("session", session);
  await disconnect(c, session);
  return c.json({});
});

app.post("/api/self-client", async (c) => {
  const session = await requireSession(c);
  c.set("session", session);
  const { code, location } = await jsonBody(c);
  if (typeof code !== "string" || code === "") throw badRequest("the code is missing: generate one and paste it");
  if (/\p{Cc}/u.test(code.trim()))
    throw badRequest("the code contains a control character, such as a line break: paste it again");
  const offset = await clockOffsetOf(c);
  const trace = c.get("recorder").trace;
  const client = clientOf(c.get("config"), "self", { clock: () => Date.now() + offset, trace });
  const tokens = await client.exchangeCode(code.trim(), { location: parseLocation(location) });
  await connect(c, { kind: "self", offset, tokens });
  return c.json({});
});

app.post("/api/demo/:control", async (c) => {
  const { control } = c.req.param();
  const run = c.env.FAKE && Object.hasOwn(DEMO_CONTROLS, control) && DEMO_CONTROLS[control];
  if (!run) return c.notFound();
  await requireSession(c);
  return c.json((await run(c, await jsonBody(c))) ?? {});
});

app.all("/api/*", (c) => c.notFound());
app.get("*", asset);

/** @param {Context} c */
async function asset(c) {
  const found = await c.env.ASSETS.fetch(c.req.raw);
  if (found.status === 404) return c.notFound();
  const response = new Response(found.body, found);
  // The names of these files contain a hash of their contents.
  if (c.req.path.startsWith("/assets/")) response.headers.set("cache-control", "public, max-age=31536000, immutable");
  return response;
}

/** @returns {never} */
function rejectLargeBody() {
  throw new HttpError(
    413,
    "bad_request",
    `the request body is larger than ${MAX_BODY_BYTES / 1024} KiB: send a smaller one`,
  );
}

/** @param {Context} c @returns {Promise<Record<string, unknown>>} */
async function jsonBody(c) {
  const body = await c.req.json().catch(() => undefined);
  if (typeof body === "object" && body !== null) return body;
  throw badRequest("the request body is not a JSON object: send one");
}

export default {
  /** @param {Request} request @param {import("./worker/config.js").Env} env @param {any} context */
  async fetch(request, env, context) {
    return withSecurityHeaders(await app.fetch(request, env, context), env.ORIGIN);
  },
};
