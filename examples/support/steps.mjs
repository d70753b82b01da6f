// Prints one line for each step of an example, with its duration. Shows only the last four characters of a token.

/**
 * Runs a step and prints its result. A step that fails ends the program, because the next steps need its result.
 *
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} run
 * @param {string | ((result: T) => string)} [describe] the text to print; by default the result
 * @returns {Promise<T>}
 */
export async function step(name, run, describe = String) {
  const began = performance.now();
  const print = (/** @type {string} */ text) => {
    console.log(`${(performance.now() - began).toFixed(1).padStart(8)} ms  ${name.padEnd(20)}  ${text}`);
  };
  try {
    const result = await run();
    print(typeof describe === "string" ? describe : describe(result));
    return result;
  } catch (error) {
    print(describeError(error));
    process.exit(1);
  }
}

/**
 * The error that a promise rejects with. Throws if it resolves.
 *
 * @param {Promise<unknown>} operation
 */
export async function rejection(operation) {
  try {
    await operation;
  } catch (error) {
    return error;
  }
  throw new Error("the operation succeeded, but was expected to fail");
}
export { rejection as refusal };

/** @param {unknown} error */
export function describeError(error) {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? `${error.code}: ${error.message}` : error.message;
}

/** @param {import("grantkit").TokenSet} tokens */
export function describeTokens({ access_token, refresh_token, expires_at = 0, accounts_server, api_domain }) {
  const minutes = Math.round((expires_at - Date.now() / 1000) / 60);
  const shown = `access token ${mask(access_token)} for ${minutes} min, refresh token ${mask(refresh_token)}`;
  return `${shown}, from ${accounts_server} for ${api_domain}`;
}

/** The last characters of a token, enough to distinguish it from another. @param {string} [token] */
export function mask(token) {
  return token ? `…${token.slice(-4)}` : "none";
}
