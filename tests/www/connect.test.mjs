// What a browser has when a vault fails while it connects. The routes are the Worker's, and the vaults stand-ins.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import { Hono } from "hono";
import { startFakeZoho, WEB_CLIENT } from "../../www/local/fake-zoho.mjs";
import { configOf } from "../../www/worker/config.js";
import { callback, login } from "../../www/worker/redirect-flow.js";
import { trail } from "../../www/worker/request-events.js";

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
  c.set("trail", trail());
  return next();
});
app.get("/login", login);
app.get("/callback", callback);

/** What comes of a callback, with the cookies that it sets and for how long. @param {Record<string, () => Promise<unknown>>} vault */
async function connected(vault) {
  const env = { ...VARIABLES, VAULT: { getByName: () => vault } };
  const begun = await app.request(`${ORIGIN}/login?prompt=consent`, {}, env);
  const cookie = begun.headers.getSetCookie().map((line) => line.split(";")[0]);
  const url = fake.consent(begun.headers.get("location") ?? "");
  const answer = await app.request(url, { headers: { cookie: cookie.join("; ") } }, env);
  const cookies = answer.headers.getSetCookie().map((line) => line.replace(/^([a-z]+).*Max-Age=(\d+);.*/, "$1 $2"));
  return { status: answer.status, text: await answer.text(), cookies: cookies.sort() };
}

const works = async () => ({});
const fails = async () => {
  throw new Error("the vault fails");
};

test("a vault that cannot keep the grant ends the attempt, and the grant is revoked", async () => {
  const { status, text, cookies } = await connected({ adopt: fails });
  assert.deepEqual([status, text], [500, "the vault fails"]);
  assert.deepEqual(cookies, ["grantkit 0"]);
  assert.match(fake.log.at(-1)?.path ?? "", /revoke/);
});

for (const [what, vault] of /** @type {const} */ ([
  ["ends", { retire: fails, restore: works }],
  ["hands over what it showed", { retire: works, restore: fails }],
])) {
  test(`the new session is good, whether or not the earlier one ${what}`, async () => {
    const { status, text, cookies } = await connected({ adopt: works, ...vault });
    assert.deepEqual([status, text], [303, ""]);
    assert.deepEqual(cookies, ["grantkit 0", "session 2592000"]);
  });
}
