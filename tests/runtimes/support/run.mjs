import { scenario } from "../../scenario.mjs";

/** Printed once, to prove that the runtime's console output is captured. */
export const CANARY = "canary-4d1b";

/** No test here takes a second, so one that has not settled after this time hangs. */
const HANG_MS = 30_000;

/**
 * Runs the suite and returns its results as plain values that can be serialized.
 *
 * @param {Omit<import("../../scenario/setup.mjs").Environment, "secrets">} given
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
      watchdog = setTimeout(() => reject(new Error("never settled")), HANG_MS);
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
