// Turns an error into a response: JSON for scripts, a page for people.

import { OAuthError } from "grantkit";
import { configOf } from "./config.js";
import { describeError, errorBody } from "./error-details.js";
import { errorPage } from "./error-page.js";
import { HttpError } from "./http-error.js";
import { copyHeaders } from "./redirect-flow.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {import("./error-details.js").ErrorDetails} ErrorDetails */

const PURPOSE = "failure";
const MAX_AGE_SECONDS = 600;

/** @param {unknown} thrown @param {Context} c @returns {Promise<Response>} */
export async function errorResponse(thrown, c) {
  const details = describeError(thrown);
  // An error of grantkit/web has the headers that delete the cookies of the failed authorization request.
  const { headers } = /** @type {{ headers?: unknown }} */ (Object(thrown));
  if (headers instanceof Headers) copyHeaders(c, headers);
  c.header("cache-control", "no-store");
  // The callback URL contains a code that may still be valid. The redirect removes it from the address bar.
  const isCallback = c.req.path === "/callback" && !wantsJson(c);
  return isCallback ? c.redirect(await errorPageUrl(c, details), 303) : respond(c, details);
}

/** @param {Context} c @param {ErrorDetails} details */
function respond(c, details) {
  const status = /** @type {import("hono/utils/http-status").ContentfulStatusCode} */ (details.status);
  if (details.retryAfter !== undefined) c.header("retry-after", `${Math.ceil(details.retryAfter)}`);
  return wantsJson(c) ? c.json(errorBody(details), status) : c.html(errorPage(details), status);
}

/** @param {Context} c */
function wantsJson(c) {
  return c.req.path.startsWith("/api/") || /^application\/json\b/i.test(c.req.header("accept") ?? "");
}

/** The URL of the error page. The details are sealed, so that a link cannot make the page show other text. @param {Context} c @param {ErrorDetails} details */
async function errorPageUrl(c, details) {
  try {
    const { sealer } = configOf(c.env);
    return `/failed?error=${await sealer.seal(details, { purpose: PURPOSE, maxAge: MAX_AGE_SECONDS })}`;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    // The configuration is invalid. The error page reads it again and reports the same error.
    return "/failed";
  }
}

/** Responds with the page of the error that the URL contains. @param {Context} c */
export async function showError(c) {
  c.header("cache-control", "no-store");
  return respond(c, await unsealDetails(c));
}

/** @param {Context} c @returns {Promise<ErrorDetails>} */
async function unsealDetails(c) {
  try {
    return await c.get("config").sealer.unseal(c.req.query("error") ?? "", { purpose: PURPOSE });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw new HttpError(404, "not_found", "the details of this error are no longer available: start again");
  }
}
