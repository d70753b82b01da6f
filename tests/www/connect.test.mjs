// A vault that fails while a browser connects. The routes are the Worker's, and the vaults are stubs.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import { Hono } from "hono";
import { startFakeZoho, WEB_CLIENT } from "../../www/local/fake-zoho.mjs";
import { configOf } from "../../www/worker/config.js";
import { callback, login } from "../../www/worker/redirect-flow.js";
import { eventRecorder } from "../../www/worker/request-events.js";

const ORIGIN = "http://127.0.0.1:8787";
const { fake, accounts, api, close } = await startFakeZoho(`${ORIGIN}/callback`);
after(close);

const VARIABLES = {
  ORIGIN,
  ZOHO_CLIENT_ID: WEB_CLIENT.client_id,
  ZOHO_CLIENT_SECRET: WEB_CLIENT.client_secret,
  SESSION_KEYS: randomBytes(32).toString("base64url"),
  ZOHO_ORIGINS: JSON.stringify({ accounts, api }),
};

/** @type {Hono<import("../../www/worker.js").Types>} */
const app = new Hono();
app.onError(({ message }, c) => c.text(message, 500));
app.use(async (c, next) => {
  c.set("config", configOf(c.env));
  c.set("recorder", eventRecorder());
  return next();
});
app.get("/login", login);
app.get("/callback", callback);

/** Sends a callback, and returns its response with the names and lifetimes of its cookies. @param {Record<string, () => Promise<unknown>>} vault */
async function connect(vault) {
  const env = { ...VARIABLES, VAULT: { getByName: () => vault } };
  const login = await app.request(`${ORIGIN}/login?prompt=consent`, {}, env);
  const cookie = login.headers.getSetCookie().map((line) => line.split(";")[0]);
  const url = fake.consent(login.headers.get("location") ?? "");
  const response = await app.request(url, { headers: { cookie: cookie.join("; ") } }, env);
  const cookies = response.headers.getSetCookie().map((line) => line.replace(/^([a-z]+).*Max-Age=(\d+);.*/, "$1 $2"));
  return { status: response.status, text: await response.text(), cookies: cookies.sort() };
}

const succeed = async () => ({});
const fail = async () => {
  throw new Error("the vault fails");
};

test("a grant that the vault cannot store is revoked", async () => {
  const { status, text, cookies } = await connect({ saveGrant: fail });
  assert.deepEqual([status, text], [500, "the vault fails"]);
  assert.deepEqual(cookies, ["grantkit 0"]);
  assert.match(fake.log.at(-1)?.path ?? "", /revoke/);
});

for (const [action, vault] of /** @type {const} */ ([
  ["ends", { endSession: fail, importHistory: succeed }],
  ["passes on its history", { endSession: succeed, importHistory: fail }],
])) {
  test(`the new session works even if the previous one never ${action}`, async () => {
    const { status, text, cookies } = await connect({ saveGrant: succeed, ...vault });
    assert.deepEqual([status, text], [303, ""]);
    assert.deepEqual(cookies, ["grantkit 0", "session 2592000"]);
  });
}
