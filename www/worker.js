// The Worker: which request goes where. What each does is in the files of the folder beside this one.

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { burst } from "./worker/burst.js";
import { clientOf } from "./worker/clients.js";
import { configOf } from "./worker/config.js";
import { connect, offsetOf, vaultOf } from "./worker/connection.js";
import { crm } from "./worker/crm.js";
import { CONTROLS, fake } from "./worker/demo-controls.js";
import { disconnect } from "./worker/disconnect.js";
import { codeOf } from "./worker/error-details.js";
import { failed, showFailure } from "./worker/error-response.js";
import { badRequest, HttpError } from "./worker/http-error.js";
import { callback, login, parseLocation } from "./worker/redirect-flow.js";
import { event, trail } from "./worker/request-events.js";
import { requireOwnOrigin, secured } from "./worker/security.js";
import { findSession, newSession, requireSession, setSession } from "./worker/session.js";
import { BUDGET, LOCATIONS, SCOPES } from "./worker/zoho.js";

export { Vault } from "./worker/vault.js";

/**
 * @typedef {object} Variables
 * @property {import("./worker/config.js").Config} config
 * @property {ReturnType<typeof trail>} trail what happens while this request is answered
 * @property {import("./worker/session.js").Session | undefined} session whose page is to see it
 */

/** @typedef {{ Bindings: import("./worker/config.js").Env, Variables: Variables }} Types */
/** @typedef {import("hono").Context<Types>} Context */

const MOST_BYTES = 16 * 1024;
/** The requests that are part of the picture. */
const RECORDED_PATH = /^\/(?:login|callback|api\/(?:crm\/.*|disconnect|self-client|burst))$/;

const FILE = /^\/(?!api\/).+\.[a-z0-9]+$/;

/** @type {Hono<Types>} */
const app = new Hono();

app.onError((error, c) => failed(error, c));
app.notFound((c) => failed(new HttpError(404, "not_found", "there is nothing here: begin at /"), c));

// The pages of errors need their style without a configuration too.
app.get("*", async (c, next) => (FILE.test(c.req.path) ? asset(c) : next()));

app.use(async (c, next) => {
  const config = configOf(c.env);
  c.set("config", config);
  c.set("trail", trail());
  const { origin, pathname, search } = new URL(c.req.url);
  // The redirect URI has one origin, and cookies of another name for this Worker are not seen there.
  const isElsewhere = origin !== config.origin && ["GET", "HEAD"].includes(c.req.method);
  // What browsers keep of such an answer is its whole URL, and that of a callback has a code.
  if (isElsewhere) c.header("cache-control", "no-store");
  return isElsewhere ? c.redirect(config.origin + pathname + search, 308) : next();
});

app.use(async (c, next) => {
  const at = Date.now();
  await next();
  const session = c.get("session");
  const { method, path } = c.req;
  if (!session || !RECORDED_PATH.test(path)) return;
  const outcome = { status: c.res.status, durationMs: Date.now() - at, code: c.error && codeOf(c.error) };
  const request = event({ at, from: "browser", to: "worker", method, path, ...outcome });
  const drawn = vaultOf(c, session).record([request, ...c.get("trail").events]);
  // A picture with a gap is no failure of the request.
  c.executionCtx.waitUntil(drawn.catch(() => {}));
});

app.get("/login", login);
app.get("/callback", callback);
app.get("/failed", showFailure);

app.use("/api/*", bodyLimit({ maxSize: MOST_BYTES, onError: tooLarge }));
app.use("/api/*", async (c, next) => {
  c.header("cache-control", "no-store");
  if (c.req.method === "POST") {
    // Read even where it is refused: what is left unread ends the connection, and the browser's next request with it.
    await c.req.text();
    requireOwnOrigin(c.req.raw.headers, c.get("config").origin);
  }
  return next();
});

app.get("/api/config", async (c) => {
  const { location, web, redirect_uri, self } = c.get("config");
  return c.json({
    fake: c.env.FAKE !== undefined,
    locations: LOCATIONS,
    location,
    scopes: SCOPES,
    client_id: web.client_id,
    redirect_uri,
    self_client: self !== undefined,
    budget: BUDGET,
    ...(c.env.FAKE && (await fake(c, "describe"))),
  });
});

app.get("/api/session", async (c) => {
  const session = await findSession(c);
  if (session) return c.json(await vaultOf(c, session).show());
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

app.post("/api/burst", async (c) => c.json(await burst(c, await asked(c))));

app.post("/api/disconnect", async (c) => {
  const session = await requireSession(c);
  c.set("session", session);
  await disconnect(c, session);
  return c.json({});
});

app.post("/api/self-client", async (c) => {
  const session = await requireSession(c);
  c.set("session", session);
  const { code, location } = await asked(c);
  if (typeof code !== "string" || code === "") throw badRequest("there is no code: generate one, and paste it");
  if (/\p{Cc}/u.test(code.trim()))
    throw badRequest("the code has a line break or another control character: paste it again");
  const offset = await offsetOf(c);
  const client = clientOf(c.get("config"), "self", { clock: () => Date.now() + offset, trace: c.get("trail").trace });
  const tokens = await client.exchangeCode(code.trim(), { location: parseLocation(location) });
  await connect(c, { kind: "self", offset, tokens });
  return c.json({});
});

app.post("/api/demo/:control", async (c) => {
  const { control } = c.req.param();
  const run = c.env.FAKE && Object.hasOwn(CONTROLS, control) && CONTROLS[control];
  if (!run) return c.notFound();
  await requireSession(c);
  return c.json((await run(c, await asked(c))) ?? {});
});

app.all("/api/*", (c) => c.notFound());
app.get("*", asset);

/** @param {Context} c */
async function asset(c) {
  const found = await c.env.ASSETS.fetch(c.req.raw);
  if (found.status === 404) return c.notFound();
  const answer = new Response(found.body, found);
  // Files whose names hold a digest of what is in them.
  if (c.req.path.startsWith("/assets/")) answer.headers.set("cache-control", "public, max-age=31536000, immutable");
  return answer;
}

/** @returns {never} */
function tooLarge() {
  throw new HttpError(413, "bad_request", `the body is larger than ${MOST_BYTES / 1024} KiB`);
}

/** The JSON object that was sent. @param {Context} c @returns {Promise<Record<string, unknown>>} */
async function asked(c) {
  const body = await c.req.json().catch(() => undefined);
  if (typeof body === "object" && body !== null) return body;
  throw badRequest("the body is no JSON object");
}

export default {
  /** @param {Request} request @param {import("./worker/config.js").Env} env @param {any} context */
  async fetch(request, env, context) {
    return secured(await app.fetch(request, env, context), env.ORIGIN);
  },
};
