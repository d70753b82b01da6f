// examples/self-client.mjs: with an empty environment at a fake on loopback, and with an account at Zoho's hosts.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { settled, showsToken, start } from "../support/program.mjs";

const EXAMPLE = "examples/self-client.mjs";
const ACCOUNT = { ZOHO_CLIENT_ID: "1000.MINE", ZOHO_CLIENT_SECRET: "secret-of-mine", ZOHO_LOCATION: "eu" };
const TOKENS = "access token … for 60 min, refresh token …, from https://accounts.zoho.eu for https://www.zohoapis.eu";
const LEADS = "read three leads      Juniper Health, Kestrel Travel, Kestrel Travel";
const REVOKED = "Zoho no longer accepts the refresh token";

const folder = await mkdtemp(join(tmpdir(), "grantkit-example-"));
after(() => rm(folder, { recursive: true }));

/** Runs the example with an account, with Zoho's hosts served by a fake. @param {Record<string, string>} environment */
async function atZoho(environment) {
  const account = { ...ACCOUNT, ...environment };
  const { code, lines, errors } = await start(["--import", "./tests/support/zoho-for-fetch.mjs", EXAMPLE], account)
    .ended;
  assert.equal(showsToken(lines.join("\n")), false);
  return { code, lines: settled(lines), asked: JSON.parse(errors) };
}

test("with no account it exchanges, refreshes, calls and revokes at a fake on loopback", async () => {
  const { code, lines, errors } = await start([EXAMPLE]).ended;
  assert.deepEqual({ code, errors }, { code: 0, errors: "" });
  assert.deepEqual(
    settled(lines).map((line) => line.slice(0, 22).trim()),
    ["Self Client at a fake", "exchange the code", "refresh", "read three leads", "revoke", "refresh once more"],
  );
  assert.match(lines.at(-1) ?? "", /reauthorization_required/);
});

test("with an account it saves the tokens in a file that only its owner can read, and revokes nothing", async () => {
  const ZOHO_TOKENS = join(folder, "tokens.json");
  for (const run of [1, 2]) {
    const { code, lines, asked } = await atZoho({ ZOHO_TOKENS });
    assert.equal(code, 0);
    assert.deepEqual(lines, [
      "Self Client at Zoho, data centre eu",
      `open the token file   ${ZOHO_TOKENS}`,
      `exchange the code     ${TOKENS}`,
      "save the tokens       saved",
      `refresh               ${TOKENS}`,
      LEADS,
    ]);
    assert.deepEqual(asked, [
      "POST accounts.zoho.eu/oauth/v2/token authorization_code",
      "POST accounts.zoho.eu/oauth/v2/token refresh_token",
      "GET www.zohoapis.eu/crm/v8/Leads",
    ]);
    const saved = (await readFile(ZOHO_TOKENS, "utf8")).trim().split("\n");
    assert.equal(saved.length, run, "a later grant is appended and does not replace an earlier one");
    const { access_token, refresh_token, api_domain } = JSON.parse(saved.at(-1) ?? "");
    assert.ok(showsToken(access_token) && showsToken(refresh_token));
    assert.equal(api_domain, "https://www.zohoapis.eu");
  }
  assert.equal((await stat(ZOHO_TOKENS)).mode & 0o777, 0o600);
});

test("with ZOHO_REVOKE=1 it saves nothing and revokes", async () => {
  const ZOHO_TOKENS = join(folder, "none.json");
  const { code, lines, asked } = await atZoho({ ZOHO_TOKENS, ZOHO_REVOKE: "1" });
  assert.equal(code, 0);
  assert.deepEqual(lines.slice(0, 5), [
    "Self Client at Zoho, data centre eu",
    `exchange the code     ${TOKENS}`,
    `refresh               ${TOKENS}`,
    LEADS,
    `revoke                ${REVOKED}`,
  ]);
  assert.match(
    lines[5] ?? "",
    /^refresh once more {5}reauthorization_required: invalid_code from accounts\.zoho\.eu, /,
  );
  assert.equal(asked[3], "POST accounts.zoho.eu/oauth/v2/revoke/token");
  await assert.rejects(stat(ZOHO_TOKENS), { code: "ENOENT" });
});

test("a spent code ends it with the error and the next step", async () => {
  const { code, lines } = await atZoho({ ZOHO_CODE: "1000.spent", ZOHO_REVOKE: "1" });
  assert.equal(code, 1);
  assert.deepEqual(lines, [
    "Self Client at Zoho, data centre eu",
    "exchange the code     code_rejected: invalid_code from accounts.zoho.eu, so the code is rejected: generate a new code, since one lives for minutes, works once, and only at the data centre that issued it",
  ]);
});

test("an incomplete account is an error", async () => {
  const { code, lines, errors } = await start([EXAMPLE], ACCOUNT).ended;
  assert.deepEqual({ code, lines }, { code: 2, lines: [] });
  assert.equal(errors, "Environment variables of the Self Client are missing: set ZOHO_CODE, or none of them.\n");
});
