import * as grantkit from "grantkit";
import * as testing from "grantkit/testing";
import { run } from "../../runtimes/support/run.mjs";

/** Runs the suite against the servers that the request names. @param {Request} request */
export async function suite(request) {
  const served = await request.json();
  return Response.json(await run({ grantkit, testing, served, show: console.log }));
}
