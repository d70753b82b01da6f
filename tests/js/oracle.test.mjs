// oauth4webapi as an oracle: both must accept the same responses with the same values, and reject the others with the same
// error code of the server. differences.json lists each row on which they differ, and why.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import * as oauth from "oauth4webapi";
import { clientOf, exchange } from "../vectors/facade.mjs";
import { callbackOf, filesOf, fixture, NOW, read, responseOf, rowsOf } from "../vectors/rows.mjs";

/** @typedef {import("../vectors/rows.mjs").Row} Row */

/** The result of a row: the accepted values, or the error code of the server if the server sent one. */
/** @typedef {{ accepted: Record<string, unknown> } | { rejected: string | undefined }} Result */

/** @type {{ what: string, why: string, rows: string[] }[]} */
const DIFFERENCES = read("differences.json").differences;

/** The rows of plain servers whose Pending differs only in its state; oauth4webapi checks no other member. @param {string} folder */
function plainRows(folder) {
  const rows = filesOf(folder).flatMap(rowsOf);
  return rows.filter(({ client, pending = {} }) => {
    return client.startsWith("rfc") && Object.keys(pending).every((name) => name === "state");
  });
}

/** @param {() => Promise<Record<string, unknown>>} call @returns {Promise<Result>} */
async function resultOf(call) {
  try {
    return { accepted: await call() };
  } catch (error) {
    return { rejected: /** @type {{ error?: string }} */ (error).error };
  }
}

/** @param {Row} row @returns {Promise<Result>} */
function ourResponse(row) {
  const { client } = clientOf(fixture(row.client).config, () => responseOf(row));
  return resultOf(async () => {
    const tokens = JSON.parse(JSON.stringify(await exchange(client, row)));
    return { ...tokens, token_type: tokens.token_type.toLowerCase() };
  });
}

/** @param {Row} row @returns {Promise<Result>} */
function theirResponse(row) {
  const { config, tokens } = fixture(row.client);
  const client = { client_id: config.client_id };
  const process =
    row.exchange === "refresh_token" ? oauth.processRefreshTokenResponse : oauth.processAuthorizationCodeResponse;
  return resultOf(async () => {
    const { expires_in, ...response } = await process(config.server, client, responseOf(row));
    // oauth4webapi adds neither an absolute expiry nor the members that the response omits.
    const { refresh_token, scope } = row.exchange === "refresh_token" ? (row.earlier ?? tokens) : {};
    const kept = { ...(refresh_token && { refresh_token }), ...(scope && { scope: row.scope ?? scope }) };
    return { ...kept, ...response, ...(expires_in !== undefined && { expires_at: NOW + Number(expires_in) }) };
  });
}

/** @param {Row} row @returns {Promise<Result>} */
function ourCallback(row) {
  const { client } = clientOf(fixture(row.client).config, () => Response.error());
  const pending = { ...fixture(row.client).pending, ...row.pending };
  return resultOf(async () => ({ code: (await client.validateAuthorizationResponse(callbackOf(row), pending)).code }));
}

/** @param {Row} row @returns {Promise<Result>} */
function theirCallback(row) {
  const { config, pending } = fixture(row.client);
  const { state, redirect_uri, code_verifier } = { ...pending, ...row.pending };
  const client = { client_id: config.client_id };
  return resultOf(async () => {
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
 * Compares both on every row, and the differences with the listed ones.
 *
 * @param {string} folder
 * @param {(row: Row) => Promise<Result>} ours
 * @param {(row: Row) => Promise<Result>} theirs
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

/** @param {Result} ours @param {Result} theirs */
function difference(ours, theirs) {
  if ("accepted" in ours)
    return "accepted" in theirs ? "both accept it with different values" : "only grantkit accepts it";
  return "accepted" in theirs ? "only oauth4webapi accepts it" : "both reject it with different error codes";
}

test("token responses", () => compare("token_responses", ourResponse, theirResponse));
test("callbacks", () => compare("callbacks", ourCallback, theirCallback));

test("each listed difference names existing rows, and each row once", () => {
  const names = new Set(["token_responses", "callbacks"].flatMap(plainRows).map(({ name }) => name));
  const listed = DIFFERENCES.flatMap(({ rows }) => rows);
  assert.deepEqual(
    listed.filter((name) => !names.has(name)),
    [],
  );
  assert.equal(new Set(listed).size, listed.length);
});
