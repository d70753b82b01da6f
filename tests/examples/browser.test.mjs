// examples/browser, built by Vite, in Chromium, with a certified OpenID server on another origin.

import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
// @ts-expect-error the package has no types
import Provider from "oidc-provider";
import { build } from "vite";
import { launch } from "../runtimes/support/chromium.mjs";
import { files } from "../runtimes/support/files.mjs";

const CLIENT_ID = "my-page";
/** Seconds. Shorter than the manager's leeway, so that the first API call refreshes, with a refresh token that rotates. */
const LIFE = 240;

const folder = await mkdtemp(join(tmpdir(), "grantkit-page-"));
after(() => rm(folder, { recursive: true }));
await build({ root: "examples/browser", build: { outDir: folder, emptyOutDir: true }, logLevel: "warn" });

/** @typedef {import("node:http").RequestListener} Listener */

/** @param {(origin: string) => Listener | Promise<Listener>} make */
async function serve(make) {
  /** @type {Listener} */
  let listener;
  const server = createServer((request, response) => listener(request, response));
  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(undefined));
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://127.0.0.1:${port}`;
  listener = await make(origin);
  return origin;
}

/** @type {string[]} */
const received = [];
let pageOrigin = "";
const issuer = await serve((origin) => {
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: "none",
        redirect_uris: ["http://127.0.0.1/"],
        grant_types: ["authorization_code", "refresh_token"],
        application_type: "native",
      },
    ],
    clientBasedCORS: (/** @type {unknown} */ _context, /** @type {string} */ origin) => origin === pageOrigin,
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    jwks: { keys: [generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" })] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    features: { revocation: { enabled: true } },
    ttl: { AccessToken: LIFE, IdToken: 3600, RefreshToken: 3600, Interaction: 3600, Session: 3600, Grant: 3600 },
  });
  const handle = provider.callback();
  return (request, response) => {
    received.push(`${request.method} ${request.url?.replace(/\?.*/, "")}`);
    handle(request, response);
  };
});
pageOrigin = await serve(async () => {
  const index = join(folder, "index.html");
  const html = (await readFile(index, "utf8")).replace("https://as.example", issuer);
  await writeFile(index, html);
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${issuer}`;
  const serveFile = files({ "/": folder }, policy);
  return async (request, response) => {
    if (!(await serveFile(request, response))) response.writeHead(404).end();
  };
});

const chrome = await launch();
after(() => chrome.close());

/** Opens the page in a new browser context. @param {import("node:test").TestContext} t */
async function visitor(t) {
  const context = await chrome.newContext();
  t.after(() => context.close());
  // The server's pages load a font from another host.
  await context.route(/^https:/, (route) => route.fulfill({ body: "" }));
  const page = await context.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(`${pageOrigin}/`);
  const shows = (/** @type {RegExp} */ text) => page.getByRole("status").filter({ hasText: text }).waitFor();
  const press = (/** @type {string} */ name) => page.getByRole("button", { name }).click();
  return {
    page,
    errors,
    shows,
    press,
    /** @param {string} name */
    async logIn(name) {
      await shows(/You are not logged in\./);
      await press("Log in");
      await page.fill("input[name=login]", name);
      await page.fill("input[name=password]", "any");
      await page.click("button[type=submit]");
      await page.click("button[type=submit]");
    },
  };
}

/** @param {string} path */
const times = (path) => received.filter((request) => request === path).length;

test("a user logs in without a secret, reloads, and logs out", async (t) => {
  const { page, errors, shows, press, logIn } = await visitor(t);
  await logIn("ada");
  await shows(/^You are ada\.$/);
  assert.equal(page.url(), `${pageOrigin}/`, "the code is no longer in the address bar");
  assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0);
  const refreshed = times("POST /token");
  assert.equal(refreshed, 2, "one for the code, one because the token expires within the leeway");
  const responded = page.waitForResponse((response) => response.url() === `${issuer}/me` && response.status() === 200);
  await press("Reload");
  await responded;
  await shows(/^You are ada\.$/);
  assert.equal(times("POST /token"), refreshed, "a refreshed token is used for half of its life");
  await press("Log out");
  await shows(/^You are logged out\.$/);
  assert.equal(times("POST /token/revocation"), 1);
  assert.deepEqual(errors, []);
});

test("a callback that this tab did not start is rejected", async (t) => {
  const { page, shows } = await visitor(t);
  const tokenRequests = times("POST /token");
  await page.goto(`${pageOrigin}/?code=stolen&state=guessed&iss=${encodeURIComponent(issuer)}`);
  await shows(/started in another tab/);
  assert.equal(page.url(), `${pageOrigin}/`);
  const pending = { state: "mine", code_verifier: "v".repeat(43), issuer, redirect_uri: `${pageOrigin}/` };
  const stored = {
    ...pending,
    created_at: Math.floor(Date.now() / 1000),
    expires_at: Math.floor(Date.now() / 1000) + 600,
  };
  await page.evaluate((value) => sessionStorage.setItem("pending", value), JSON.stringify(stored));
  await page.goto(`${pageOrigin}/?code=stolen&state=guessed&iss=${encodeURIComponent(issuer)}`);
  await shows(/^callback_mismatch: /);
  assert.equal(times("POST /token"), tokenRequests);
});
