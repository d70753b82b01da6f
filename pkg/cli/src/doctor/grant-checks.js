// Checks of the grant at the server: one refresh, and one call of the API.

import { OAuthError, TokenManager } from "grantkit";
import { createClient } from "../client-options.js";
import { describe } from "../failure.js";
import { lifetime } from "../output.js";
import { consoleList } from "../regions.js";
import { invalidGrantFindings } from "./local-checks.js";
import { finding } from "./report.js";

/** @typedef {import("../context.js").Context} Context */
/** @typedef {import("../clients-file.js").SavedClient} SavedClient */
/** @typedef {import("./report.js").Report} Report */

/** Longer than the lifetime of any token, so that the token is refreshed. In seconds. */
const LONGER_THAN_ANY = 604_800;
/** Needs a scope that many grants lack, but an error for the scope also shows that the token is valid. */
const PATH = "/crm/v8/org";

/** @param {Context} context @param {Report} report @param {SavedClient} client */
export async function checkGrantAtServer(context, report, client) {
  const { store, profile: key, signal } = context;
  const manager = new TokenManager(createClient(client, context), store, { key });
  try {
    await manager.accessToken({ minValidity: LONGER_THAN_ANY, signal });
  } catch (error) {
    if (signal.aborted || !(error instanceof OAuthError)) throw error;
    report.wrong("refresh", `${error.code}: ${describe(error).message}`, ...refreshFindings(error, client, context));
    return;
  }
  const tokens = await manager.tokens();
  report.ok("refresh", `a new access token, ${lifetime(tokens?.expires_at, context.now())}`);
  if (tokens?.api_domain) await checkApi(context, report, manager, tokens.api_domain);
  else report.unknown("API", "the token response named no API domain");
}

/** @param {OAuthError} error @param {SavedClient} client @param {Context} context */
function refreshFindings(error, { location }, context) {
  const { code } = error;
  if (code === "client_rejected" && error.error === "invalid_client_secret") {
    return [
      finding(
        "certain",
        "the client secret is wrong, or that of another data centre",
        "copy it again from the console, and connect again",
      ),
    ];
  }
  if (code === "client_rejected") {
    return [
      finding(
        "likely",
        `the client is registered at another data centre than ${location}`,
        `the address of the console names it (${consoleList()}); connect again with that --location`,
      ),
      finding("likely", "the client was deleted in the console", "register a new one, and connect again"),
      finding("possible", "the client ID is mistyped", "compare it with the one in the console, and connect again"),
    ];
  }
  if (code === "reauthorization_required") return invalidGrantFindings(context);
  if (code === "throttled") {
    const next = `wait${error.retryAfter ? ` for ${error.retryAfter} s` : ""}; let programs share one file of grants, and do not refresh for each call`;
    return [finding("certain", "too many token requests in ten minutes", next)];
  }
  return [finding("certain", `the refresh failed: ${code}`, describe(error).message)];
}

/** @param {Context} context @param {Report} report @param {TokenManager} manager @param {string} api_domain */
async function checkApi({ signal }, report, manager, api_domain) {
  const where = `${api_domain}${PATH}`;
  try {
    const response = await manager.fetch(PATH, { signal });
    const { status } = response;
    await response.body?.cancel();
    if (status !== 401) {
      const detail = `${where} responds with HTTP ${status}`;
      if (response.ok || status === 403) report.ok("API", detail);
      else report.unknown("API", detail);
      return;
    }
    report.wrong(
      "API",
      `${where} rejects a new token`,
      finding(
        "certain",
        "the API rejects the token: it is for another environment (production, sandbox, developer), or the organisation has no CRM",
        "connect again, and choose the organisation of that environment",
      ),
    );
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof OAuthError && error.code === "insufficient_scope") {
      report.ok("API", `${where} accepts the token, which lacks a scope for that path`);
      return;
    }
    const { code, message } = describe(error);
    const next = "check the firewall and DNS for that host";
    report.wrong("API", `${code}: ${message}`, finding("certain", `${api_domain} cannot be called`, next));
  }
}
