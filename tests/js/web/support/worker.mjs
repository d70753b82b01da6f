import { suite } from "./suite.mjs";

/** A Worker that runs the suite. */
export default {
  async fetch() {
    /** @type {{ name: string, failure?: string }[]} */
    const results = [];
    for (const { name, run } of suite) {
      const failure = await run().then(
        () => undefined,
        (error) => error.stack ?? String(error),
      );
      results.push(failure === undefined ? { name } : { name, failure });
    }
    return Response.json(results);
  },
};
