import * as grantkit from "grantkit";
import * as testing from "grantkit/testing";
import { run } from "../support/run.mjs";

/** A Worker that runs the suite against the servers that it is told of. */
export default {
  /** @param {Request} request */
  async fetch(request) {
    /** @type {import("../../scenario/world.mjs").Served} */
    const served = await request.json();
    return Response.json(await run({ grantkit, testing, served, show: console.log }));
  },
};
