// What the demo says of Zoho is what the profile and the fake have.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { OAuthClient, zoho } from "grantkit";
import { fakeZoho } from "grantkit/testing";
import { ACCESS_TOKEN_SECONDS, TOKEN_REQUEST_BUDGET } from "../../www/worker/zoho.js";
import { CLIENT, FAKE, NOW, SCOPE } from "../scenario/setup.mjs";

test("the budget is that of the profile", async () => {
  const row = await readFile(new URL("../../src/provider/rows/zoho.json", import.meta.url), "utf8");
  const { requests, window } = JSON.parse(row).budget;
  assert.deepEqual(TOKEN_REQUEST_BUDGET, { requests, seconds: window });
});

test("the lifetime of an access token is that of Zoho", async () => {
  const fake = await fakeZoho(FAKE);
  const client = new OAuthClient({ server: zoho(), ...CLIENT, fetch: fake.fetch, clock: () => NOW * 1000 });
  const tokens = await client.exchangeCode(fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE }));
  assert.equal((tokens.expires_at ?? 0) - NOW, ACCESS_TOKEN_SECONDS);
});
