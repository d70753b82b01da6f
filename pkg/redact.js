import { anyOf, cleaned, HIDDEN } from "./cause.js";

/** Parameters of a form that are no secret: those of src/oauth/token_request.rs, and the type of a token to revoke. */
export const PUBLIC = [
  ...["grant_type", "client_id", "redirect_uri", "scope", "resource", "audience"],
  ...["token_type", "token_type_hint"],
];

const REDACTED = "[redacted]";

/** The longest text of a server that is shown, in characters. */
const MAX_LENGTH = 500;
/** Control characters, and those that break or reverse lines: they could change the log or terminal that shows them. */
const INVISIBLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** The secrets of a request, the longest first, since a secret may contain another. @param {{ authorization: string, body: string }} request */
function secretsOf({ authorization, body }) {
  const form = new URLSearchParams(body);
  const secrets = [...form].filter(([name]) => !PUBLIC.includes(name)).map(([, value]) => value);
  const [client_id, client_secret] = ["client_id", "client_secret"].map((name) => encoded(form.get(name) ?? ""));
  // A server may echo them as the Basic credentials that it expected.
  if (client_secret) secrets.push(btoa(`${client_id}:${client_secret}`));
  if (authorization) {
    const credentials = authorization.slice(6);
    const secret = atob(credentials).replace(/^.*?:/, "");
    secrets.push(credentials, secret, formDecoded(secret));
  }
  return secrets.filter((secret) => secret !== "").sort((one, other) => other.length - one.length);
}

/**
 * The fields of an error without the secrets of its request, which the server may have echoed in `error`,
 * `error_description` and `error_uri`. The secrets of the client are redacted by the module; those of the request are only
 * here.
 *
 * @param {(string | undefined)[]} fields as `errorOf` takes them
 * @param {{ authorization: string, body: string }} [request]
 */
export function redactedFields(fields, request) {
  if (!request) return fields;
  const secrets = secretsOf(request);
  const show = (text = "") => redacted(text, secrets);
  const [code, message = "", retryable, retryAfter, status, error, description, uri, tokens] = fields;
  // A message has no other text of the server.
  const whole = error ? message.replace(anyOf([error]), () => show(error)) : message;
  return [code, whole, retryable, retryAfter, status, show(error), show(description), show(uri), tokens];
}

/** A text of a server without secrets and control characters, shortened. @param {string} text @param {string[]} secrets */
function redacted(text, secrets) {
  return [...withoutEchoes(text, secrets)].slice(0, MAX_LENGTH).join("").replace(INVISIBLE, " ");
}

/** `text` without secrets, also encoded ones. @param {string} text @param {string[]} secrets the longest first */
function withoutEchoes(text, secrets) {
  // What was redacted earlier is matched first, so that it is not searched again.
  const any = anyOf([REDACTED, ...secrets]);
  let [shown, read] = [text, text];
  // A server may echo the form or a header, encoded once or twice.
  for (let round = 0; round < 3; round += 1) {
    const hidden = read.replace(any, REDACTED);
    if (hidden !== read) shown = hidden;
    read = formDecoded(hidden);
  }
  return shown;
}

/** One value of a form, encoded with unreserved characters only (RFC 6749 section 2.3.1). @param {string} text */
function encoded(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** One value of a form, decoded. @param {string} text */
function formDecoded(text) {
  return new URLSearchParams(`value=${text.replaceAll("&", "%26")}`).get("value") ?? "";
}

/**
 * The cause of a failed request, or a copy without its secrets if it shows one: a `fetch` that was handed in may reject
 * with anything, the request itself included. A text with a secret is not shown at all.
 *
 * @param {unknown} cause
 * @param {{ authorization: string, body: string }} request
 */
export function withoutSecrets(cause, request) {
  const secrets = secretsOf(request);
  return cleaned(cause, (text) => (withoutEchoes(text, secrets) === text ? text : HIDDEN));
}
