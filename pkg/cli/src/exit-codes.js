// Exit codes. Scripts rely on the numbers, so a number never gets another meaning.

/** @typedef {import("grantkit").OAuthErrorCode} OAuthErrorCode */

/** The codes of OAuthError. @satisfies {Record<OAuthErrorCode, number>} */
const LIBRARY = {
  invalid_configuration: 10,
  client_rejected: 11,
  authorization_response: 12,
  callback_mismatch: 13,
  code_rejected: 14,
  reauthorization_required: 15,
  refresh_token_missing: 16,
  throttled: 17,
  insufficient_scope: 18,
  unexpected_response: 19,
  malformed_response: 20,
  network: 21,
  timeout: 22,
  aborted: 23,
  store: 24,
  module_unavailable: 25,
};

export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  http_status: 3,
  unhealthy: 4,
  ...LIBRARY,
  interrupted: 130,
  broken_pipe: 141,
  terminated: 143,
};

/** @typedef {keyof typeof EXIT} ExitName */
