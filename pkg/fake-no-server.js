// Where there is no node:http.

import { OAuthError } from "./errors.js";

export async function serve() {
  throw new OAuthError("invalid_configuration", "this runtime cannot listen: use the fake's fetch, or run it in Node");
}
