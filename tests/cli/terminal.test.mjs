// The program at a terminal: its prompts, hidden input, spinner, colours and Ctrl-C.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { freePort } from "../../www/local/port.mjs";
import { consent } from "./support/browser.mjs";
import { follow, machine, PROGRAM } from "./support/grantkit.mjs";
import { SCOPE, SELF, WEB, zoho } from "./support/zoho.mjs";

/** @typedef {import("node:test").TestContext} TestContext */

const TERMINAL = fileURLToPath(new URL("support/terminal.py", import.meta.url));
const [ENTER, DOWN, CTRL_C] = ["\r", "\u001b[B", "\u0003"];
const COLOUR = new RegExp(`${"\u001b"}\\[\\d*(;\\d+)*m`);

/**
 * @param {Awaited<ReturnType<typeof machine>>} at
 * @param {string} command for a shell; a leading "grantkit" is replaced by the program
 * @param {Record<string, string>} [env]
 * @param {[columns: number, rows: number]} [size]
 */
function terminal({ folder, environment }, command, env = {}, [columns, rows] = [120, 40]) {
  const line = `stty cols ${columns} rows ${rows}; ${command.replace(/^grantkit/, `exec '${process.execPath}' '${PROGRAM}'`)}`;
  const child = spawn("python3", [TERMINAL, "sh", "-c", line], {
    cwd: folder,
    env: { ...environment, TERM: "xterm-256color", ...env },
  });
  const { ended, printed, until } = follow(child);
  let seen = 0;
  return {
    ended,
    printed,
    /** Waits for a text that appears after the last one, and types. @param {string} text @param {string} keys */
    async answer(text, keys) {
      const [before] = await until(new RegExp(`^[^]{${seen},}?${text}[^]*`), "stdout");
      seen = before.length;
      child.stdin.write(keys);
    },
    /** The output without control sequences. */
    shown: () => stripVTControlCharacters(printed.stdout).replaceAll("\r", ""),
  };
}

test("the code is asked for last, and exchanged at once; secrets are not shown", async (t) => {
  const { variables, code, served } = await zoho(t);
  const at = await machine(t, variables);
  const text = code();
  at.secrets.add(text).add(SELF.client_secret);
  const { answer, ended, shown } = terminal(at, "grantkit self-client");
  await answer("In which data centre is the client registered", DOWN + ENTER);
  await answer("Client ID", SELF.client_id + ENTER);
  await answer("Client secret", SELF.client_secret + ENTER);
  await answer("Code \\(not shown\\)", text + ENTER);
  const { code: exit } = await at.searched(await ended);
  assert.equal(exit, 0, shown());
  assert.match(shown(), /Now generate the code: Self Client, tab "Generate Code"/);
  assert.match(
    shown(),
    new RegExp(`Connected\\.\n  data centre    eu \\(Europe\\)\n  client         ${SELF.client_id}\n`),
  );
  assert.equal((await at.record()).tokens.api_domain, served.api.eu);
});

test("at the wrong data centre the user names another, and the same code is sent there", async (t) => {
  const { selfClient, code, tokenRequests } = await zoho(t);
  const at = await machine(t, { ...selfClient, ZOHO_LOCATION: "us", ZOHO_CODE: code() });
  const { answer, ended, shown } = terminal(at, "grantkit self-client");
  await answer("Which data centre does the address of your API console name", ENTER);
  const { code: exit } = await at.searched(await ended);
  assert.equal(exit, 0, shown());
  assert.match(shown(), /grantkit: client_rejected: invalid_client from/);
  assert.deepEqual(tokenRequests(), ["authorization_code", "authorization_code"]);
  assert.match(shown(), /data centre {4}eu \(Europe\)/);
});

test("a wrong secret and an expired code are asked for again", async (t) => {
  const { selfClient, code } = await zoho(t);
  const at = await machine(t, { ...selfClient, ZOHO_CLIENT_SECRET: "mistyped", ZOHO_CODE: "1000.invalid.code" });
  const text = code();
  at.secrets.add(SELF.client_secret).add(text);
  const { answer, ended, shown } = terminal(at, "grantkit self-client");
  await answer("Client secret", SELF.client_secret + ENTER);
  await answer("A new code", text + ENTER);
  const { code: exit } = await at.searched(await ended);
  assert.equal(exit, 0, shown());
});

test("--json prints one object on stdout, also after a correction", async (t) => {
  const { selfClient, code } = await zoho(t);
  const at = await machine(t, { ...selfClient, ZOHO_CODE: "1000.invalid.code" });
  const text = code();
  at.secrets.add(text);
  const { answer, ended, shown } = terminal(at, `'${process.execPath}' '${PROGRAM}' self-client --json > printed`);
  await answer("A new code", text + ENTER);
  const { code: exit } = await at.searched(await ended);
  assert.equal(exit, 0, shown());
  assert.match(shown(), /grantkit: code_rejected: invalid_code from/);
  const { ok, client_id } = JSON.parse(await readFile(join(at.folder, "printed"), "utf8"));
  assert.deepEqual([ok, client_id], [true, SELF.client_id]);
});

test("stdout holds only the token, also where the secret is asked for", async (t) => {
  const { selfClient, code } = await zoho(t);
  const at = await machine(t);
  at.secrets.add(SELF.client_secret);
  await at.run(["self-client", "--no-save-secret"], { env: { ...selfClient, ZOHO_CODE: code() } });
  const { answer, ended, shown } = terminal(at, `'${process.execPath}' '${PROGRAM}' token > printed`);
  await answer("Client secret", SELF.client_secret + ENTER);
  const { code: exit } = await at.searched(await ended);
  assert.equal(exit, 0, shown());
  assert.equal(await readFile(join(at.folder, "printed"), "utf8"), `${(await at.record()).tokens.access_token}\n`);
});

test("revoke asks for confirmation, and Enter means no", async (t) => {
  const { selfClient, code } = await zoho(t);
  const at = await machine(t);
  await at.run(["self-client"], { env: { ...selfClient, ZOHO_CODE: code() } });
  const refused = terminal(at, "grantkit revoke");
  await refused.answer('Revoke the grant of the profile "default"', ENTER);
  assert.equal((await refused.ended).code, 2);
  assert.match(refused.shown(), /not confirmed, so nothing was changed: run this again to confirm/);
  assert.ok(await at.record());
  const gone = terminal(at, "grantkit revoke");
  await gone.answer('Revoke the grant of the profile "default"', `y`);
  assert.equal((await gone.ended).code, 0);
  assert.equal(await at.record(), undefined);
});

test("at a terminal of unknown size, prompts are in whole lines", async (t) => {
  const at = await machine(t);
  const { answer, ended, shown } = terminal(at, "grantkit self-client", {}, [0, 0]);
  await answer("In which data centre is the client registered\\?", CTRL_C);
  assert.equal((await ended).code, 130, shown());
});

test("JSON is indented at a terminal", async (t) => {
  const { selfClient, code } = await zoho(t);
  const at = await machine(t);
  await at.run(["self-client"], { env: { ...selfClient, ZOHO_CODE: code() } });
  const { ended, shown } = terminal(at, "grantkit api GET '/crm/v8/Leads?fields=Company&per_page=1'");
  assert.equal((await at.searched(await ended)).code, 0);
  assert.match(shown(), /^\{\n {2}"data": \[\n {4}\{\n {6}"Company": "/);
});

test("control characters in a response of the API are escaped at a terminal", async (t) => {
  /** @type {[type: string, body: string, shown: RegExp][]} */
  const responses = [
    ["application/json", '{"a":"b\u009b2Jc\u202e"}', /"a": "b\\u009b2Jc\\u202e"/],
    ["application/json", "{broken\u001b]0;x\u0007}", /\{broken\\u001b\]0;x\\u0007\}/],
    ["text/html", "<p>\u001b[2J</p>\r\n<p></p>", /<p>\\u001b\[2J<\/p>\n<p><\/p>/],
  ];
  const server = createServer((request, response) => {
    const [type, body] = responses[Number(request.url?.slice(1))] ?? [];
    response.writeHead(200, { "content-type": `${type}` }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const { selfClient, code } = await zoho(t);
  const at = await machine(t);
  const env = { ...selfClient, ZOHO_CODE: code(), GRANTKIT_API_DOMAIN: `http://127.0.0.1:${port}` };
  await at.run(["self-client"], { env });
  for (const [index, [type, , shown]] of responses.entries()) {
    const asked = terminal(at, `grantkit api GET /${index}`);
    assert.equal((await asked.ended).code, 0, asked.shown());
    assert.match(asked.printed.stdout.replaceAll("\r", ""), shown, type);
  }
});

test("Ctrl-C at a prompt ends with the exit code of an interruption", async (t) => {
  const at = await machine(t);
  const { answer, ended } = terminal(at, "grantkit self-client");
  await answer("In which data centre", CTRL_C);
  assert.equal((await ended).code, 130);
  assert.equal(await at.record(), undefined);
});

test("login shows a spinner until the redirect arrives, or Ctrl-C", async (t) => {
  const redirect_uri = `http://127.0.0.1:${await freePort()}/callback`;
  const { variables } = await zoho(t, { redirect_uri });
  const client = { ZOHO_LOCATION: "us", ZOHO_CLIENT_ID: WEB.client_id, ZOHO_CLIENT_SECRET: WEB.client_secret };
  const at = await machine(t, { ...variables, ...client, ZOHO_REDIRECT_URI: redirect_uri, ZOHO_SCOPE: SCOPE });
  const left = terminal(at, "grantkit login --no-open");
  await left.answer("Waiting for your answer in the browser", CTRL_C);
  assert.equal((await left.ended).code, 130);
  assert.ok(left.printed.stdout.lastIndexOf("\u001b[?25h") > left.printed.stdout.lastIndexOf("\u001b[?25l"));
  const { answer, ended, shown } = terminal(at, "grantkit login --no-open");
  await answer("Waiting for your answer in the browser", "");
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+\/oauth\/v2\/auth\?\S+/.exec(shown()) ?? [];
  await consent(url, "ada@example.com");
  assert.equal((await at.searched(await ended)).code, 0, shown());
});

test("colours at a terminal, none with NO_COLOR", async (t) => {
  const at = await machine(t);
  const coloured = terminal(at, "grantkit self-client --fake");
  await coloured.ended;
  assert.match(coloured.printed.stdout, COLOUR);
  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    const plain = terminal(at, "grantkit self-client --fake", env);
    assert.equal((await plain.ended).code, 0);
    assert.doesNotMatch(plain.printed.stdout, COLOUR);
  }
  const asked = terminal(at, "grantkit revoke --fake", { NO_COLOR: "1" });
  await asked.answer("Revoke the grant", "n");
  await asked.ended;
  assert.doesNotMatch(asked.printed.stdout, COLOUR);
});
