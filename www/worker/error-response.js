// How a failure reaches whoever asked: as JSON, or as a page for a person.

import { OAuthError } from "grantkit";
import { configOf } from "./config.js";
import { errorBody, told } from "./error-details.js";
import { errorPage } from "./error-page.js";
import { HttpError } from "./http-error.js";
import { copy } from "./redirect-flow.js";

/** @typedef {import("../worker.js").Context} Context */
/** @typedef {import("./error-details.js").Told} Told */

const PURPOSE = "failure";
/** Seconds. */
const LIFE = 600;

/** @param {unknown} thrown @param {Context} c @returns {Promise<Response>} */
export async function failed(thrown, c) {
  const failure = told(thrown);
  // What clears the cookies of an attempt that has failed.
  const { headers } = /** @type {{ headers?: unknown }} */ (Object(thrown));
  if (headers instanceof Headers) copy(c, headers);
  c.header("cache-control", "no-store");
  // The URL of a callback holds a code, which may still be good. It is not to stay in the address bar.
  const isCallback = c.req.path === "/callback" && !wantsJson(c);
  return isCallback ? c.redirect(await placeOf(c, failure), 303) : answer(c, failure);
}

/** @param {Context} c @param {Told} failure */
function answer(c, failure) {
  const status = /** @type {import("hono/utils/http-status").ContentfulStatusCode} */ (failure.status);
  if (failure.retryAfter !== undefined) c.header("retry-after", `${Math.ceil(failure.retryAfter)}`);
  return wantsJson(c) ? c.json(errorBody(failure), status) : c.html(errorPage(failure), status);
}

/** @param {Context} c */
function wantsJson(c) {
  return c.req.path.startsWith("/api/") || /^application\/json\b/i.test(c.req.header("accept") ?? "");
}

/** Where a failure is shown: it goes along sealed, so that the page says nothing that this Worker did not. @param {Context} c @param {Told} failure */
async function placeOf(c, failure) {
  try {
    const { sealer } = configOf(c.env);
    return `/failed?error=${await sealer.seal(failure, { purpose: PURPOSE, maxAge: LIFE })}`;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    // That page finds the same of the configuration.
    return "/failed";
  }
}

/** The page of a failure. @param {Context} c */
export async function showFailure(c) {
  c.header("cache-control", "no-store");
  return answer(c, await sentAlong(c));
}

/** @param {Context} c @returns {Promise<Told>} */
async function sentAlong(c) {
  try {
    return await c.get("config").sealer.unseal(c.req.query("error") ?? "", { purpose: PURPOSE });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw new HttpError(404, "not_found", "what went wrong is not known any more: start again");
  }
}
