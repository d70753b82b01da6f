// Checks of this machine: the files, the client, the stored grant, the fake.

import { dirname } from "node:path";
import { readable } from "../../../record-fields.js";
import { knownClientOfGrant } from "../client-options.js";
import { clientsFile } from "../clients-file.js";
import { connecting } from "../failure.js";
import { grantStatus } from "../grant-status.js";
import { duration, lifetime, moment } from "../output.js";
import { looseMode } from "../private-files.js";
import { regionLabel } from "../regions.js";
import { quoted } from "../shell-quote.js";
import { finding } from "./report.js";

/** @typedef {import("../context.js").Context} Context */
/** @typedef {import("../clients-file.js").SavedClient} SavedClient */
/** @typedef {import("./report.js").Report} Report */

/** @param {Context} context @param {Report} report */
export async function checkFiles({ file }, report) {
  for (const path of [dirname(file), file, clientsFile(file)]) {
    const mode = await looseMode(path).catch(() => undefined);
    // That others can list the folder is harmless, because the files in it are closed. That they can write to it is not.
    const isOpen = mode && (path !== dirname(file) || (Number.parseInt(mode, 8) & 0o022) !== 0);
    if (!isOpen) continue;
    const next = howToClose(path, path === dirname(file), mode);
    report.wrong(
      "permissions",
      `${path} has mode ${mode}`,
      finding("possible", `other users of this machine can access ${path}`, next),
    );
  }
}

/** @param {string} path @param {boolean} isFolder @param {string} mode */
function howToClose(path, isFolder, mode) {
  // A shared folder such as /tmp must keep its mode.
  if (mode.length > 3) return "the folder is shared on purpose: give another file with --file, and connect again";
  return `chmod ${isFolder ? "700" : "600"} ${quoted(path)}`;
}

/** @param {Context} context @param {Report} report @returns {Promise<Partial<SavedClient>>} */
export async function checkClient(context, report) {
  /** @type {Partial<SavedClient>} */
  let known;
  try {
    known = await knownClientOfGrant(context);
  } catch (error) {
    const message = /** @type {Error} */ (error).message;
    report.wrong("client", message, finding("certain", "the file of clients, or an option, cannot be used", message));
    return {};
  }
  const { location, client_id, client_secret } = known;
  if (!location || !client_id) {
    const detail = `none is saved in ${clientsFile(context.file)}, and none is given`;
    // Where there is no grant, the missing grant is the finding. checkStoredGrant() reports a broken file.
    const hasGrant = await context.store.load(context.profile).catch(() => undefined);
    if (hasGrant) report.wrong("client", detail, unknownClient(known, context));
    else report.unknown("client", detail);
    return known;
  }
  const named = `${client_id}, of ${regionLabel(location)}`;
  if (client_secret) {
    report.ok("client", `${named}; the secret is known`);
  } else {
    const next = "set ZOHO_CLIENT_SECRET, or connect again without --no-save-secret";
    report.wrong(
      "client",
      `${named}; no secret`,
      finding("certain", "the client secret is neither saved nor given", next),
    );
  }
  if (!/^\d+\.[0-9A-Z]+$/.test(client_id)) {
    const next = "compare it with the one in the console, such as 1000.ABC";
    report.wrong(
      "client ID",
      `${client_id} has an unusual form`,
      finding("possible", "the client ID is mistyped", next),
    );
  }
  return known;
}

/** @param {Partial<SavedClient>} known @param {Context} context */
function unknownClient({ location, client_id, client_secret }, context) {
  const missing = [!location && "--location", !client_id && "--client-id", !client_secret && "ZOHO_CLIENT_SECRET"];
  const next = `give ${missing.filter(Boolean).join(", ")} with each command, or connect again: ${connecting(context.again())}`;
  return finding("certain", "the client of the grant is not known", next);
}

/** @param {Context} context @param {Report} report @returns {Promise<boolean>} whether there is a grant to try */
export async function checkStoredGrant(context, report) {
  const { store, profile, file } = context;
  /** @type {import("grantkit").GrantRecord | undefined} */
  let record;
  try {
    record = await store.load(profile);
  } catch (error) {
    const message = /** @type {Error} */ (error).message;
    report.wrong("grant", message, finding("certain", "the file of grants cannot be used", message));
    return false;
  }
  if (!isReadable(context, report, record)) return false;
  if (!record) {
    const what = `there is no grant of the profile "${profile}"`;
    const next = `${connecting(context.again())}; with another file or profile: --file, --profile`;
    report.wrong("grant", `none of the profile "${profile}" in ${file}`, finding("certain", what, next));
    return false;
  }
  const now = context.now();
  const { tokens, rejected_at } = record;
  const { refresh_token, expires_at } = tokens;
  const { connected, retry_at } = await grantStatus(record, now);
  if (retry_at !== undefined) {
    const next = `wait for ${duration(retry_at - now)}; let the programs that share the grant share its file too`;
    report.wrong("budget", `on hold until ${moment(retry_at)}`, finding("likely", "Zoho throttled the grant", next));
  }
  if (rejected_at !== undefined) {
    report.wrong(
      "grant",
      `the server refused the refresh token at ${moment(rejected_at)}`,
      ...invalidGrantFindings(context),
    );
    return false;
  }
  if (!refresh_token) {
    const next = `connect again: ${connecting(context.again())}`;
    const what = connected
      ? "the grant ends when its access token expires"
      : "the grant has ended, since it has no valid access token";
    report.wrong("grant", "there is no refresh token", finding("certain", what, next));
    return false;
  }
  report.ok("grant", `${lifetime(expires_at, now)}; the refresh token is saved`);
  return true;
}

/** @param {Context} context @param {Report} report @param {import("grantkit").GrantRecord | undefined} record */
function isReadable({ profile }, report, record) {
  try {
    readable(profile, record);
    return true;
  } catch (error) {
    const { message, next } = /** @type {import("grantkit").OAuthError} */ (error);
    report.wrong("grant", message, finding("certain", "a newer grantkit wrote the grant", next));
    return false;
  }
}

/** @param {Context} context @param {Report} report @returns {Promise<boolean>} whether requests can be sent */
export async function checkFake(context, report) {
  if (!context.options.fake) return true;
  try {
    await context.fakeZoho();
    return true;
  } catch (error) {
    const message = /** @type {Error} */ (error).message;
    report.wrong("fake", message, finding("certain", "the file of the fake cannot be used", message));
    return false;
  }
}

/** Why a server rejects a refresh token. @param {Context} context */
export function invalidGrantFindings(context) {
  const next = `connect again: ${connecting(context.again())}`;
  return [
    finding(
      "certain",
      "the refresh token is no longer valid: it was revoked, or the user removed the application or changed the password",
      next,
    ),
    finding(
      "likely",
      "the refresh token was replaced: Zoho keeps twenty for each user and client, and every consent or code issues one",
      "let all programs share one grant instead of connecting each",
    ),
  ];
}
