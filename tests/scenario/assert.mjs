// Assertions that run wherever JavaScript runs.

/** @param {unknown} value */
function print(value) {
  return typeof value === "string" || value instanceof Error
    ? String(value)
    : (JSON.stringify(value, undefined, 1) ?? String(value));
}

/**
 * @param {unknown} a
 * @param {unknown} b
 * @returns {boolean}
 */
function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = new Map(Object.entries(a));
  const right = new Map(Object.entries(b));
  return (
    left.size === right.size && [...left].every(([name, value]) => right.has(name) && same(value, right.get(name)))
  );
}

/**
 * @param {unknown} condition
 * @param {string} what
 * @returns {asserts condition}
 */
export function ok(condition, what) {
  if (!condition) throw new Error(`expected: ${what}`);
}

/**
 * Compares values, arrays and own enumerable members, however deep.
 *
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {string} what
 */
export function equal(actual, expected, what) {
  if (!same(actual, expected)) throw new Error(`${what}\nexpected: ${print(expected)}\nseen:     ${print(actual)}`);
}

/**
 * @param {string} actual
 * @param {RegExp} pattern
 * @param {string} what
 */
export function match(actual, pattern, what) {
  if (!pattern.test(actual)) throw new Error(`${what}\nexpected: ${pattern}\nseen:     ${actual}`);
}

/**
 * The OAuthError that a call rejects with, once its members are those expected.
 *
 * @param {typeof import("grantkit")} grantkit
 * @param {Promise<unknown>} promise
 * @param {{ code: import("grantkit").OAuthErrorCode } & Record<string, unknown>} expected
 * @param {string} what
 * @returns {Promise<import("grantkit").OAuthError>}
 */
export async function refused(grantkit, promise, expected, what) {
  const error = await promise.then(
    () => ok(false, `${what}: rejected with ${expected.code}, but it resolved`),
    (reason) => reason,
  );
  if (!(error instanceof grantkit.OAuthError)) {
    throw new Error(`${what}: not an OAuthError but ${print(error)}`, { cause: error });
  }
  for (const [name, value] of Object.entries(expected)) {
    equal(/** @type {any} */ (error)[name], value, `${what}: ${name} of "${error.message}" (${error.code})`);
  }
  return error;
}
