// What this machine has: the files, the client, the grant.

import { dirname } from "node:path";
import { knownOfGrant } from "../client.js";
import { clientsFile } from "../clients-file.js";
import { DATA_CENTRES } from "../data-centres.js";
import { connecting } from "../failure.js";
import { looseMode } from "../files.js";
import { duration, lifetime, moment } from "../output.js";
import { quoted } from "../shell.js";
import { finding } from "./finding.js";

/** @typedef {import("../context.js").Context} Context */
/** @typedef {import("../clients-file.js").SavedClient} SavedClient */
/** @typedef {import("./finding.js").Report} Report */

/** @param {Context} context @param {Report} report */
export async function lookAtFiles({ file }, report) {
  for (const path of [dirname(file), file, clientsFile(file)]) {
    const mode = await looseMode(path).catch(() => undefined);
    // Of a folder, what others can list is harmless where the files in it are closed.
    const isOpen = mode && (path !== dirname(file) || (Number.parseInt(mode, 8) & 0o022) !== 0);
    if (!isOpen) continue;
    const next = closing(path, path === dirname(file), mode);
    report.wrong(
      "permissions",
      `${path} has mode ${mode}`,
      finding("possible", `others on this machine can use ${path}`, next),
    );
  }
}

/** @param {string} path @param {boolean} isFolder @param {string} mode */
function closing(path, isFolder, mode) {
  // A folder such as /tmp, which other programs need as it is.
  if (mode.length > 3) return "it is for everybody's files: give another place with --file, and connect again";
  return `chmod ${isFolder ? "700" : "600"} ${quoted(path)}`;
}

/** @param {Context} context @param {Report} report @returns {Promise<Partial<SavedClient>>} */
export async function lookAtClient(context, report) {
  /** @type {Partial<SavedClient>} */
  let known;
  try {
    known = await knownOfGrant(context);
  } catch (error) {
    const message = /** @type {Error} */ (error).message;
    report.wrong("client", message, finding("certain", "the file of clients, or an option, cannot be used", message));
    return {};
  }
  const { location, client_id, client_secret } = known;
  if (!location || !client_id) {
    const detail = `none is saved in ${clientsFile(context.file)}, and none is given`;
    // Without a grant, that is what is wrong. A broken file of grants is told with them.
    const hasGrant = await context.store.load(context.profile).catch(() => undefined);
    if (hasGrant) report.wrong("client", detail, unknownClient(known, context));
    else report.unknown("client", detail);
    return known;
  }
  const named = `${client_id}, of ${location} (${DATA_CENTRES[location]})`;
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
    const next = "compare it with the console's, where it is such as 1000.ABC";
    report.wrong(
      "client ID",
      `${client_id} is of an unusual form`,
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
export async function lookAtGrant(context, report) {
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
  if (!record) {
    const what = `there is no grant of the profile "${profile}"`;
    const next = `${connecting(context.again())}; with another file or profile: --file, --profile`;
    report.wrong("grant", `none of the profile "${profile}" in ${file}`, finding("certain", what, next));
    return false;
  }
  const now = context.now();
  const { tokens, hold_until, rejected_at } = record;
  const { refresh_token, expires_at } = tokens;
  if (hold_until !== undefined && hold_until > now) {
    const next = `wait for ${duration(hold_until - now)}; programs that share the grant should share its file, too`;
    report.wrong("budget", `on hold until ${moment(hold_until)}`, finding("likely", "Zoho throttled the grant", next));
  }
  if (rejected_at !== undefined) {
    report.wrong("grant", `the server refused the refresh token at ${moment(rejected_at)}`, ...deadGrant(context));
    return false;
  }
  if (!refresh_token) {
    const next = `connect again: ${connecting(context.again())}`;
    report.wrong(
      "grant",
      "there is no refresh token",
      finding("certain", "the grant ends with its access token", next),
    );
    return false;
  }
  report.ok("grant", `${lifetime(expires_at, now)}; there is a refresh token`);
  return true;
}

/** @param {Context} context @param {Report} report @returns {Promise<boolean>} whether there is something to ask */
export async function lookAtFake(context, report) {
  if (!context.options.fake) return true;
  try {
    await context.world();
    return true;
  } catch (error) {
    const message = /** @type {Error} */ (error).message;
    report.wrong("fake", message, finding("certain", "the file of the fake cannot be used", message));
    return false;
  }
}

/** Why a refresh token dies. @param {Context} context */
export function deadGrant(context) {
  const next = `connect again: ${connecting(context.again())}`;
  return [
    finding(
      "certain",
      "the refresh token is dead: revoked, or the user removed the application or changed the password",
      next,
    ),
    finding(
      "likely",
      "the refresh token was pushed out: Zoho keeps twenty for a user and a client, and every consent or code makes one",
      "let all programs share one grant instead of connecting each",
    ),
  ];
}
