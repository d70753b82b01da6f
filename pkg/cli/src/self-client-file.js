// self_client.json, which Zoho's console offers for download beside a generated code.

import { usage } from "./failure.js";
import { readInput } from "./private-files.js";

/** @param {string} path @returns {Promise<{ client: { client_id?: string, client_secret?: string }, code?: string }>} */
export async function readSelfClientFile(path) {
  const text = await readInput(path);
  if (text === undefined)
    throw usage(`${path} does not exist: give the path of the self_client.json that you downloaded`);
  const content = parse(text);
  if (typeof content !== "object" || content === null) {
    throw usage(`${path} is not a self_client.json of the console: download it again`);
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
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's message quotes the text, which may hold a secret.
    return undefined;
  }
}
