import { scenario } from "../../scenario.mjs";

/** What a secret-free value must be printed beside, to know that what a runtime prints is seen at all. */
export const CANARY = "canary-4d1b";

/** No test here takes a second; one that has not settled by now never will. */
const SETTLED_MS = 30_000;

/**
 * Runs the suite and tells what came of it, in plain values that can leave the runtime.
 *
 * @param {Omit<import("../../scenario/world.mjs").Environment, "secrets">} given
 */
export async function run(given) {
  const environment = { ...given, secrets: /** @type {Set<string>} */ (new Set()) };
  environment.show({ plain: CANARY });
  /** @type {{ name: string, failure?: string }[]} */
  const results = [];
  for (const test of scenario) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let watchdog;
    const never = new Promise((_, reject) => {
      watchdog = setTimeout(() => reject(new Error("never settled")), SETTLED_MS);
    });
    try {
      await Promise.race([test.run(environment), never]);
      results.push({ name: test.name });
    } catch (error) {
      results.push({ name: test.name, failure: describe(error) });
    } finally {
      clearTimeout(watchdog);
    }
  }
  return { results, secrets: [...environment.secrets] };
}

/** @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? "";
  return stack.includes(error.message) ? stack : `${error}\n${stack}`;
}
