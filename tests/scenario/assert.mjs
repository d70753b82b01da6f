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
function isEqual(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = new Map(Object.entries(a));
  const right = new Map(Object.entries(b));
  return (
    left.size === right.size && [...left].every(([name, value]) => right.has(name) && isEqual(value, right.get(name)))
  );
}

/**
 * @param {unknown} condition
 * @param {string} label
 * @returns {asserts condition}
 */
export function ok(condition, label) {
  if (!condition) throw new Error(`expected: ${label}`);
}

/**
 * Compares values, arrays and own enumerable members, however deep.
 *
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {string} label
 */
export function equal(actual, expected, label) {
  if (!isEqual(actual, expected)) throw new Error(`${label}\nexpected: ${print(expected)}\nseen:     ${print(actual)}`);
}

/**
 * @param {string} actual
 * @param {RegExp} pattern
 * @param {string} label
 */
export function match(actual, pattern, label) {
  if (!pattern.test(actual)) throw new Error(`${label}\nexpected: ${pattern}\nseen:     ${actual}`);
}

/**
 * Asserts that a call rejects with an OAuthError that has the expected members, and returns the error.
 *
 * @param {typeof import("grantkit")} grantkit
 * @param {Promise<unknown>} promise
 * @param {{ code: import("grantkit").OAuthErrorCode } & Record<string, unknown>} expected
 * @param {string} label
 * @returns {Promise<import("grantkit").OAuthError>}
 */
export async function rejects(grantkit, promise, expected, label) {
  const error = await promise.then(
    () => ok(false, `${label} rejects with ${expected.code}, but it resolved`),
    (reason) => reason,
  );
  if (!(error instanceof grantkit.OAuthError)) {
    throw new Error(`${label}: not an OAuthError but ${print(error)}`, { cause: error });
  }
  for (const [name, value] of Object.entries(expected)) {
    equal(/** @type {any} */ (error)[name], value, `${label}: ${name} of "${error.message}" (${error.code})`);
  }
  return error;
}
