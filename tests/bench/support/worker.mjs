// A Worker that holds every contender that runs in one, and measures a sample for each request.

import { EVERYWHERE } from "../contenders/everywhere.mjs";
import { ISSUER } from "../world.mjs";
import { repeated } from "./sampler.mjs";
import { verified, WORKS } from "./works.mjs";

/** @typedef {{ name: string, isLibrary: boolean, call: () => unknown }} Able */

/** By kind of work, then by name. @type {Map<string, Map<string, Able>>} */
const ready = new Map();

/** @param {string} kind */
async function prepared(kind) {
  const known = ready.get(kind);
  if (known) return known;
  const contenders = EVERYWHERE.map((make) => make({ origin: ISSUER }));
  const able = await verified(WORKS[/** @type {keyof typeof WORKS} */ (kind)], contenders);
  const named = new Map(
    able.map(({ contender: { name, isLibrary = false }, call }) => [name, { name, isLibrary, call }]),
  );
  ready.set(kind, named);
  return named;
}

/** The names of those that did the work right; or, of the one that is named, the milliseconds for so many calls. @param {URLSearchParams} query */
async function answer(query) {
  const able = await prepared(query.get("kind") ?? "");
  const found = able.get(query.get("name") ?? "");
  if (!found) return [...able.values()].map(({ name, isLibrary }) => ({ name, isLibrary }));
  const sample = await repeated(found.call);
  return sample(Number(query.get("calls")));
}

export default {
  /** @param {Request} request */
  async fetch(request) {
    try {
      return Response.json(await answer(new URL(request.url).searchParams));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
