/** Parameters of a form that are no secret. */
const PUBLIC = ["grant_type", "client_id", "redirect_uri", "scope", "token_type", "token_type_hint"];

/**
 * The cause of a failed request, or a copy of its name alone where it shows a secret of that request: a `fetch` that was
 * handed in may reject with anything, the request itself included.
 *
 * @param {unknown} cause
 * @param {{ authorization: string, body: string }} request
 */
export function withoutSecrets(cause, { authorization, body }) {
  const secrets = [...new URLSearchParams(body)].filter(([name]) => !PUBLIC.includes(name)).map(([, value]) => value);
  const hidden = [authorization, body, ...secrets, ...secrets.map(encodeURIComponent)].filter(Boolean);
  if (!shows(cause, hidden, 6, new Set())) return cause;
  return new Error(`${cause instanceof Error ? cause.name : typeof cause}: not shown, because it holds a secret`);
}

/** @param {unknown} value @param {string[]} hidden @param {number} depth @param {Set<object>} seen @returns {boolean} */
function shows(value, hidden, depth, seen) {
  if (typeof value === "string") return hidden.some((secret) => value.includes(secret));
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  // What is too deep to look through is not trusted.
  if (depth === 0) return true;
  seen.add(value);
  return Reflect.ownKeys(value).some((key) => {
    try {
      return shows(Reflect.get(value, key), hidden, depth - 1, seen);
    } catch {
      return true;
    }
  });
}
