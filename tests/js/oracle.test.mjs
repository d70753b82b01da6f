// Where oauth4webapi has an opinion too, both must be of one: what is taken, with which values, and which error word a
// refusal has. differences.json lists every row on which they are not, and why.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import * as oauth from "oauth4webapi";
import { clientOf, exchange } from "../vectors/facade.mjs";
import { callbackOf, filesOf, fixture, NOW, read, responseOf, rowsOf } from "../vectors/rows.mjs";

/** @typedef {import("../vectors/rows.mjs").Row} Row */

/** What either makes of a row: values, or the server's error word where the refusal is the server's own. */
/** @typedef {{ taken: Record<string, unknown> } | { refused: string | undefined }} Opinion */

/** @type {{ what: string, why: string, rows: string[] }[]} */
const DIFFERENCES = read("differences.json").differences;

/** The rows of plain servers; what is kept of an attempt beside its state is ours alone. @param {string} folder */
function plainRows(folder) {
  const rows = filesOf(folder).flatMap(rowsOf);
  return rows.filter(({ client, pending = {} }) => {
    return client.startsWith("rfc") && Object.keys(pending).every((name) => name === "state");
  });
}

/** @param {() => Promise<Record<string, unknown>>} call @returns {Promise<Opinion>} */
async function opinion(call) {
  try {
    return { taken: await call() };
  } catch (error) {
    return { refused: /** @type {{ error?: string }} */ (error).error };
  }
}

/** @param {Row} row @returns {Promise<Opinion>} */
function ourAnswer(row) {
  const { client } = clientOf(fixture(row.client).config, () => responseOf(row));
  return opinion(async () => {
    const tokens = JSON.parse(JSON.stringify(await exchange(client, row)));
    return { ...tokens, token_type: tokens.token_type.toLowerCase() };
  });
}

/** @param {Row} row @returns {Promise<Opinion>} */
function theirAnswer(row) {
  const { config, tokens } = fixture(row.client);
  const client = { client_id: config.client_id };
  const process =
    row.exchange === "refresh_token" ? oauth.processRefreshTokenResponse : oauth.processAuthorizationCodeResponse;
  return opinion(async () => {
    const { expires_in, ...answer } = await process(config.server, client, responseOf(row));
    // What is ours to do: an absolute lifetime, and what the answer omits.
    const { refresh_token, scope } = row.exchange === "refresh_token" ? (row.earlier ?? tokens) : {};
    const kept = { ...(refresh_token && { refresh_token }), ...(scope && { scope: row.scope ?? scope }) };
    return { ...kept, ...answer, ...(expires_in !== undefined && { expires_at: NOW + Number(expires_in) }) };
  });
}

/** @param {Row} row @returns {Promise<Opinion>} */
function ourCallback(row) {
  const { client } = clientOf(fixture(row.client).config, () => Response.error());
  const pending = { ...fixture(row.client).pending, ...row.pending };
  return opinion(async () => ({ code: (await client.validateAuthorizationResponse(callbackOf(row), pending)).code }));
}

/** @param {Row} row @returns {Promise<Opinion>} */
function theirCallback(row) {
  const { config, pending } = fixture(row.client);
  const { state, redirect_uri, code_verifier } = { ...pending, ...row.pending };
  const client = { client_id: config.client_id };
  return opinion(async () => {
    const url = new URL(callbackOf(row), redirect_uri);
    const parameters = oauth.validateAuthResponse(config.server, client, url, state);
    let code;
    const fetch = async (/** @type {string} */ _url, /** @type {{ body: URLSearchParams }} */ { body }) => {
      code = body.get("code");
      return new Response();
    };
    const authentication = oauth.ClientSecretPost(config.client_secret);
    const options = { [oauth.customFetch]: /** @type {any} */ (fetch) };
    const grant = oauth.authorizationCodeGrantRequest;
    await grant(config.server, client, authentication, parameters, redirect_uri, code_verifier, options);
    return { code };
  });
}

/**
 * Compares the two on every row, and what differs with what is listed.
 *
 * @param {string} folder
 * @param {(row: Row) => Promise<Opinion>} ours
 * @param {(row: Row) => Promise<Opinion>} theirs
 */
async function compare(folder, ours, theirs) {
  const rows = plainRows(folder);
  assert.ok(rows.length > 50);
  /** @type {Record<string, string>} */
  const seen = {};
  for (const row of rows) {
    const [a, b] = await Promise.all([ours(row), theirs(row)]);
    if (!isDeepStrictEqual(a, b)) seen[row.name] = difference(a, b);
  }
  const names = new Set(rows.map(({ name }) => name));
  /** @type {Record<string, string>} */
  const listed = {};
  for (const { what, rows } of DIFFERENCES) {
    for (const name of rows.filter((name) => names.has(name))) listed[name] = what;
  }
  assert.deepEqual(seen, listed);
}

/** @param {Opinion} ours @param {Opinion} theirs */
function difference(ours, theirs) {
  if ("taken" in ours) return "taken" in theirs ? "both take it, with other values" : "ours alone takes it";
  return "taken" in theirs ? "theirs alone takes it" : "both refuse it, in other words";
}

test("token responses", () => compare("token_responses", ourAnswer, theirAnswer));
test("callbacks", () => compare("callbacks", ourCallback, theirCallback));

test("each difference is of rows that are there, each row once", () => {
  const names = new Set(["token_responses", "callbacks"].flatMap(plainRows).map(({ name }) => name));
  const listed = DIFFERENCES.flatMap(({ rows }) => rows);
  assert.deepEqual(
    listed.filter((name) => !names.has(name)),
    [],
  );
  assert.equal(new Set(listed).size, listed.length);
});
