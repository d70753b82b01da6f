import * as grantkit from "grantkit";
import * as testing from "grantkit/testing";
import { run } from "../support/run.mjs";

/** A Worker that runs the suite against the servers in the request's body. */
export default {
  /** @param {Request} request */
  async fetch(request) {
    /** @type {import("../../scenario/setup.mjs").Served} */
    const served = await request.json();
    return Response.json(await run({ grantkit, testing, served, show: console.log }));
  },
};
