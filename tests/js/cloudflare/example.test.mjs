import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { CLIENT } from "../../scenario/setup.mjs";
import { startExample } from "./support/example.mjs";

/** The example of the declarations. */
async function example() {
  const declarations = await readFile(new URL("../../../pkg/cloudflare.d.ts", import.meta.url), "utf8");
  const [, text = ""] = /@example\n(.*?)\n \*\//s.exec(declarations) ?? [];
  return text.replaceAll(/^ \* {0,2}/gm, "");
}

test("the example of the declarations is a Worker that calls the API", async (t) => {
  const bindings = { CLIENT_ID: CLIENT.client_id, CLIENT_SECRET: CLIENT.client_secret.us };
  const { fake, fetch, connect, requests } = await startExample(t, await example(), bindings);

  await connect("ada", "us");
  const response = await fetch();
  assert.equal((await response.json()).org[0].country_code, "US");

  await connect("ada", "us");
  fake.revokeAll();
  const rejected = await fetch();
  assert.deepEqual([rejected.status, await rejected.text()], [503, "reauthorization_required"]);
  const expected = ["authorization_code", "refresh_token", "/crm/v8/org", "authorization_code", "refresh_token"];
  assert.deepEqual(requests(), expected);
});
