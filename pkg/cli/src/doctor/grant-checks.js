// Whether the stored grant works: one refresh, and one call of the API.

import { OAuthError, TokenManager } from "grantkit";
import { openClient } from "../client.js";
import { consoleList } from "../data-centres.js";
import { describe } from "../failure.js";
import { lifetime } from "../output.js";
import { finding } from "./finding.js";
import { deadGrant } from "./local.js";

/** @typedef {import("../context.js").Context} Context */
/** @typedef {import("../clients-file.js").SavedClient} SavedClient */
/** @typedef {import("./finding.js").Report} Report */

/** No token lives so long, so a new one is fetched, in seconds. */
const LONGER_THAN_ANY = 604_800;
/** Needs a scope that many grants lack; a refusal for that reason shows as well that the token is taken. */
const PATH = "/crm/v8/org";

/** @param {Context} context @param {Report} report @param {SavedClient} client */
export async function tryGrant(context, report, client) {
  const { store, profile: key, signal } = context;
  const manager = new TokenManager(openClient(client, context), store, { key });
  try {
    await manager.accessToken({ minValidity: LONGER_THAN_ANY, signal });
  } catch (error) {
    if (signal.aborted || !(error instanceof OAuthError)) throw error;
    report.wrong(
      "refresh",
      `${error.code}: ${describe(error).message}`,
      ...(await refreshFindings(error, client, context)),
    );
    return;
  }
  const tokens = await manager.tokens();
  report.ok("refresh", `a new access token, ${lifetime(tokens?.expires_at, context.now())}`);
  if (tokens?.api_domain) await tryApi(context, report, manager, tokens.api_domain);
  else report.unknown("API", "the server did not say where it is");
}

/** @param {OAuthError} error @param {SavedClient} client @param {Context} context */
async function refreshFindings(error, { location }, context) {
  const { code, message } = describe(error);
  if (code === "client_rejected" && error.error === "invalid_client_secret") {
    return [
      finding(
        "certain",
        "the client secret is wrong, or of another data centre",
        "copy it anew from the console, and connect again",
      ),
    ];
  }
  if (code === "client_rejected") {
    return [
      finding(
        "likely",
        `the client is of another data centre than ${location}`,
        `the address of the console names it (${await consoleList()}); connect again with that --location`,
      ),
      finding("likely", "the client was deleted in the console", "make a new one, and connect again"),
      finding("possible", "the client ID is mistyped", "compare it with the console's, and connect again"),
    ];
  }
  if (code === "reauthorization_required") return deadGrant(context);
  if (code === "throttled") {
    const next = `wait${error.retryAfter ? ` for ${error.retryAfter} s` : ""}; let programs share one file of grants, and do not refresh for each call`;
    return [finding("certain", "too many token requests in ten minutes", next)];
  }
  return [finding("certain", `the refresh failed: ${code}`, message)];
}

/** @param {Context} context @param {Report} report @param {TokenManager} manager @param {string} api_domain */
async function tryApi({ signal }, report, manager, api_domain) {
  const where = `${api_domain}${PATH}`;
  try {
    const response = await manager.fetch(PATH, { signal });
    const { status } = response;
    await response.body?.cancel();
    if (status !== 401) {
      const said = `${where} answers HTTP ${status}`;
      if (response.ok || status === 403) report.ok("API", said);
      else report.unknown("API", said);
      return;
    }
    report.wrong(
      "API",
      `${where} refuses a token that is new`,
      finding(
        "certain",
        "the API does not take the token: it is of another environment (production, sandbox, developer), or the organisation has no CRM",
        "connect again, and choose the organisation of that environment",
      ),
    );
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof OAuthError && error.code === "insufficient_scope") {
      report.ok("API", `${where} knows the token, which lacks a scope for that path`);
      return;
    }
    const { code, message } = describe(error);
    const next = "look at firewall and DNS for that host";
    report.wrong("API", `${code}: ${message}`, finding("certain", `${api_domain} cannot be called`, next));
  }
}
