// examples/express.mjs and examples/hono.mjs as processes behind a proxy, with the browsers of two users.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { OAuthClient, zoho } from "grantkit";
import { showsToken } from "../support/program.mjs";
import { browserAt } from "./support/browser.mjs";
import { zohoForPrograms } from "./support/fake.mjs";

const ORIGIN = "https://leads.example";
const CLIENT = { client_id: "1000.LEADS", client_secret: "secret-of-the-leads" };
const HTML = /<ul>(<li>[^<]+, [^<]+<\/li>){10}<\/ul>/;

for (const name of ["express", "hono"]) {
  test(`${name}: users connect, read their leads, and disconnect`, async (t) => {
    const { browser, fake, output, grants } = await application(t, name);
    const [indira, emil] = [browser(), browser()];
    assert.match((await indira.visit("/")).page, /<a href="\/login">Connect Zoho<\/a>/);
    const { status, location } = await indira.visit("/login");
    assert.equal(status, 303);
    const callback = fake.consent(location, { email: "indira@example.in" });
    const landed = await indira.visit(callback);
    assert.deepEqual([landed.status, landed.location], [303, "/"]);
    // With the prefix, a sibling domain cannot set its own session here and read what the user connects.
    assert.deepEqual([...indira.cookies.keys()], ["__Host-session"]);
    const { attributes = [] } = indira.cookies.get("__Host-session") ?? {};
    for (const attribute of ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]) assert.ok(attributes.includes(attribute));
    const home = await indira.visit("/");
    assert.match(home.page, HTML);

    const connected = await emil.visit(
      fake.consent((await emil.visit("/login")).location, { email: "emil@example.eu" }),
    );
    assert.equal(connected.status, 303);
    assert.notEqual((await emil.visit("/")).page, home.page, "each user sees their own leads");
    assert.equal((await indira.visit("/")).page, home.page);

    const stored = await readFile(grants, "utf8");
    assert.equal(showsToken(stored), false, "the file is sealed");
    assert.equal((await indira.press("/disconnect")).location, "/");
    assert.match((await indira.visit("/")).page, /Connect Zoho/);
    assert.match((await emil.visit("/")).page, HTML);
    const hosts = fake.log.map(({ host, path }) => `${host}${path}`);
    assert.equal(hosts.filter((host) => host === "accounts.zoho.in/oauth/v2/revoke/token").length, 1);
    assert.equal(showsToken(output()), false);
  });

  test(`${name}: an error page shows the message and a link to connect again`, async (t) => {
    const { browser, fake } = await application(t, name);
    const [ada, mallory] = [browser(), browser()];
    const again = /<a href="\/login">Connect again<\/a>/;
    const { location } = await ada.visit("/login");
    const denied = await ada.visit(fake.consent(location, { deny: true }));
    assert.equal(denied.status, 400);
    assert.match(denied.page, /access_denied/);
    assert.match(denied.page, again);
    assert.equal(ada.cookies.size, 0, "the cookie of the attempt is deleted");

    // A prefetch spends no code.
    const prefetched = fake.consent((await ada.visit("/login")).location);
    const requests = fake.log.length;
    assert.equal((await ada.visit(prefetched, { method: "HEAD" })).status, 400);
    assert.equal(fake.log.length, requests);
    assert.equal((await ada.visit(prefetched)).status, 303);
    await ada.press("/disconnect");

    // The callback of another user's attempt is rejected in this browser.
    const stolen = fake.consent((await mallory.visit("/login")).location);
    const refused = await ada.visit(stolen);
    assert.equal(refused.status, 400);
    assert.match(refused.page, again);
    assert.match((await ada.visit("/")).page, /Connect Zoho/);

    await ada.visit(fake.consent((await ada.visit("/login")).location));
    fake.revokeAll();
    const dead = await ada.visit("/");
    assert.equal(dead.status, 400);
    assert.match(dead.page, again);
    await ada.visit(fake.consent((await ada.visit("/login")).location));
    assert.match((await ada.visit("/")).page, HTML);
  });
}

test("an empty field shows no text, and markup in a field is escaped", async (t) => {
  for (const name of ["express", "hono"]) {
    const { browser, fake } = await application(t, name);
    const ada = browser();
    await ada.visit(fake.consent((await ada.visit("/login")).location));
    const client = new OAuthClient({
      server: zoho(),
      ...CLIENT,
      redirect_uri: `${ORIGIN}/callback`,
      fetch: fake.fetch,
    });
    const { url, pending } = await client.authorizationRequest({
      scope: "ZohoCRM.modules.ALL",
      parameters: { prompt: "consent" },
    });
    const { access_token } = await client.authorizationCodeGrant(fake.consent(url), pending);
    const response = await fake.fetch("https://www.zohoapis.com/crm/v8/Leads", {
      method: "POST",
      headers: { authorization: `Zoho-oauthtoken ${access_token}` },
      body: JSON.stringify({ data: [{ Last_Name: "<i>", Full_Name: "<i>", Company: null }] }),
    });
    assert.equal(response.status, 201);
    const { status, page } = await ada.visit("/");
    assert.equal(status, 200, name);
    assert.match(page, /<li>&(?:#60|lt);i&(?:#62|gt);, <\/li>/, name);
  }
});

/** @param {import("node:test").TestContext} t @param {string} name */
async function application(t, name) {
  const clients = [{ ...CLIENT, redirect_uris: [`${ORIGIN}/callback`] }];
  const { fake, run } = await zohoForPrograms(t, { clients, now: Math.floor(Date.now() / 1000) });
  const folder = await mkdtemp(join(tmpdir(), "grantkit-web-"));
  t.after(() => rm(folder, { recursive: true }));
  const grants = join(folder, "grants.json");
  const program = run(`examples/${name}.mjs`, {
    ZOHO_CLIENT_ID: CLIENT.client_id,
    ZOHO_CLIENT_SECRET: CLIENT.client_secret,
    SESSION_SECRET: randomBytes(32).toString("hex"),
    SEALING_KEY: randomBytes(32).toString("base64url"),
    ORIGIN,
    PORT: "0",
    GRANTS: grants,
  });
  t.after(async () => {
    const { errors } = await program.end("SIGTERM");
    assert.equal(errors, "");
  });
  const [, port = ""] = await program.line(/is served on port (\d+)$/);
  return { fake, grants, browser: () => browserAt(ORIGIN, port), output: () => program.lines.join("\n") };
}
