import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fakeZoho } from "grantkit/testing";
import { browser, KEY, OTHER_KEY } from "./support/setup.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const CLIENT = { client_id: "1000.EXAMPLE", client_secret: "secret-of-the-example" };

test("the example of the declarations connects a user and reports errors", async (t) => {
  const declarations = await readFile(join(root, "pkg/web.d.ts"), "utf8");
  const [, text = ""] = /@example\n(.*?)\n \*\//s.exec(declarations) ?? [];
  // Inside the repository, so that the example can import the package by its name.
  await mkdir(join(root, "target"), { recursive: true });
  const folder = await mkdtemp(join(root, "target", "web-example-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "example.mjs");
  await writeFile(file, text.replaceAll(/^ \* {0,2}/gm, ""));
  const { connectZoho } = await import(pathToFileURL(file).href);

  const fake = await fakeZoho({ clients: [{ ...CLIENT, redirect_uris: ["https://app.example/callback"] }] });
  t.mock.method(globalThis, "fetch", fake.fetch);
  /** @type {import("grantkit").TokenSet[]} */
  const saved = [];
  const env = {
    CLIENT_ID: CLIENT.client_id,
    CLIENT_SECRET: CLIENT.client_secret,
    SESSION_KEYS: `${KEY} ${OTHER_KEY}`,
  };
  const connect = connectZoho(env, async (/** @type {import("grantkit").TokenSet} */ tokens) => saved.push(tokens));
  const user = browser({ now: Date.now() / 1000 });
  const login = async () => {
    const response = await connect.login(user.request("https://app.example/login?return_to=/leads"));
    user.keep(response);
    return response.headers.get("location");
  };

  const callback = fake.consent(await login());
  const response = await connect.callback(user.request(callback));
  user.keep(response);
  assert.deepEqual([response.status, response.headers.get("location")], [303, "/leads"]);
  assert.deepEqual([saved.length, saved[0]?.scope], [1, "ZohoCRM.modules.leads.READ"]);
  assert.equal(user.cookies.size, 0);

  const denied = await connect.callback(user.request(fake.consent(await login(), { deny: true })));
  user.keep(denied);
  assert.deepEqual([denied.status, saved.length, user.cookies.size], [400, 1, 0]);
  assert.match(await denied.text(), /access_denied/);
  const replayed = await connect.callback(user.request(callback));
  assert.match(await replayed.text(), /start again/);
});
