// What the Workers of the cold start have in common: they answer /login with a redirect.

import { ISSUER } from "../world.mjs";

export const ORIGIN = ISSUER;

/** @param {() => Promise<string>} start the URL of a fresh authorization request */
export function login(start) {
  return {
    /** @param {Request} request */
    async fetch(request) {
      if (new URL(request.url).pathname !== "/login") return new Response("not found", { status: 404 });
      return new Response(null, { status: 302, headers: { location: await start() } });
    },
  };
}
