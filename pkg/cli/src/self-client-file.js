// The file that Zoho's console offers for download beside a generated code: self_client.json.

import { usage } from "./failure.js";
import { readText } from "./files.js";

/** @param {string} path @returns {Promise<{ client: { client_id?: string, client_secret?: string }, code?: string }>} */
export async function readConsoleFile(path) {
  const text = await readText(path);
  if (text === undefined)
    throw usage(`${path} is not there: give the path of the self_client.json that you downloaded`);
  const content = parsed(text);
  if (typeof content !== "object" || content === null) {
    throw usage(`${path} is not the JSON file that the console makes: download it again`);
  }
  const read = (/** @type {string} */ name) => {
    const value = Reflect.get(content, name);
    return typeof value === "string" && value !== "" ? value.trim() : undefined;
  };
  const [client_id, client_secret, code] = ["client_id", "client_secret", "code"].map(read);
  return {
    client: { ...(client_id && { client_id }), ...(client_secret && { client_secret }) },
    ...(code && { code }),
  };
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes what it read, and that may be a secret.
    return undefined;
  }
}
