// How the examples print: one line for each step, with its time, and no token in clear.

/**
 * Runs a step and prints what came of it. A step that fails ends the program, since what follows needs it.
 *
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} run
 * @param {string | ((outcome: T) => string)} [tell] what to print; by default the outcome
 * @returns {Promise<T>}
 */
export async function step(name, run, tell = String) {
  const began = performance.now();
  const print = (/** @type {string} */ text) => {
    console.log(`${(performance.now() - began).toFixed(1).padStart(8)} ms  ${name.padEnd(20)}  ${text}`);
  };
  try {
    const outcome = await run();
    print(typeof tell === "string" ? tell : tell(outcome));
    return outcome;
  } catch (error) {
    print(describeError(error));
    process.exit(1);
  }
}

/**
 * The error with which an operation is expected to fail.
 *
 * @param {Promise<unknown>} operation
 */
export async function refusal(operation) {
  try {
    await operation;
  } catch (error) {
    return error;
  }
  throw new Error("this was expected to be refused, and was not");
}

/** @param {unknown} error */
export function describeError(error) {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? `${error.code}: ${error.message}` : error.message;
}

/** @param {import("grantkit").TokenSet} tokens */
export function describeTokens({ access_token, refresh_token, expires_at = 0, accounts_server, api_domain }) {
  const minutes = Math.round((expires_at - Date.now() / 1000) / 60);
  const kept = `access token ${mask(access_token)} for ${minutes} min, refresh token ${mask(refresh_token)}`;
  return `${kept}, from ${accounts_server} for ${api_domain}`;
}

/** Enough of a token to tell it from another. @param {string} [token] */
export function mask(token) {
  return token ? `…${token.slice(-4)}` : "none";
}
