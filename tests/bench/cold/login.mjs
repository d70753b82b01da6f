// The Workers of the cold start redirect a request for /login to the authorization server.

import { ISSUER } from "../fixture.mjs";

export const ORIGIN = ISSUER;

/** @param {() => Promise<string>} start returns the URL of a new authorization request */
export function login(start) {
  return {
    /** @param {Request} request */
    async fetch(request) {
      if (new URL(request.url).pathname !== "/login") return new Response("not found", { status: 404 });
      return new Response(null, { status: 302, headers: { location: await start() } });
    },
  };
}
