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

test("the example of the declarations is a Worker that reaches the API", async (t) => {
  const bindings = { CLIENT_ID: CLIENT.client_id, CLIENT_SECRET: CLIENT.client_secret.us };
  const { fake, ask, connect, asked } = await startExample(t, await example(), bindings);

  await connect("ada", "us");
  const answer = await ask();
  assert.equal((await answer.json()).org[0].country_code, "US");

  await connect("ada", "us");
  fake.revokeAll();
  const refused = await ask();
  assert.deepEqual([refused.status, await refused.text()], [503, "reauthorization_required"]);
  const expected = ["authorization_code", "refresh_token", "/crm/v8/org", "authorization_code", "refresh_token"];
  assert.deepEqual(asked(), expected);
});
