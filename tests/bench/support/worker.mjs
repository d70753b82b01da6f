// A Worker with every contender that runs in a Worker. Each request measures one sample.

import { everywhere } from "../contenders/everywhere.mjs";
import { ISSUER } from "../fixture.mjs";
import { OPERATIONS, verified } from "./operations.mjs";
import { repeated } from "./sampler.mjs";

/** @typedef {Awaited<ReturnType<typeof verified>>[number]} Able */

/** @param {import("../contenders/grantkit.mjs").Library} [before] */
export function worker(before) {
  /** By kind of work, then by name. @type {Map<string, Map<string, Able>>} */
  const ready = new Map();

  /** @param {string} kind */
  async function prepared(kind) {
    const known = ready.get(kind);
    if (known) return known;
    const contenders = everywhere(before).map((make) => make({ origin: ISSUER }));
    const able = await verified(OPERATIONS[/** @type {keyof typeof OPERATIONS} */ (kind)], contenders);
    const named = new Map(able.map((one) => [one.contender.name, one]));
    ready.set(kind, named);
    return named;
  }

  /** Without a name: the contenders that passed. With a name: the milliseconds that so many calls take. @param {URLSearchParams} query */
  async function respond(query) {
    const able = await prepared(query.get("kind") ?? "");
    const found = able.get(query.get("name") ?? "");
    if (!found) {
      return [...able.values()].map(({ contender: { name, isLibrary, pairOf } }) => ({ name, isLibrary, pairOf }));
    }
    const sample = await repeated(found.call);
    return sample(Number(query.get("calls")));
  }

  return {
    /** @param {Request} request */
    async fetch(request) {
      try {
        return Response.json(await respond(new URL(request.url).searchParams));
      } catch (error) {
        return new Response(String(error), { status: 500 });
      }
    },
  };
}
