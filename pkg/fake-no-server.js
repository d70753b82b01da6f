// In place of fake-server.js in runtimes without node:http.

import { OAuthError } from "./errors.js";

export async function serve() {
  throw new OAuthError(
    "invalid_configuration",
    "the fake cannot listen, because this runtime has no node:http: use its fetch, or run it in Node",
  );
}
