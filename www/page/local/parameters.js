/** The purpose of each parameter of an authorization request. @type {Record<string, string>} */
export const PARAMETERS = {
  response_type: "Requests a code, which the application exchanges for tokens (RFC 6749 4.1.1).",
  client_id: "Identifies the application.",
  redirect_uri: "Where the server sends the response. It must equal the registered URI.",
  scope: "The access that the application requests. Zoho separates scopes with commas.",
  state: "A new random value, which the callback must return (RFC 6749 10.12).",
  code_challenge: "The hash of a secret that only the token request contains (RFC 7636).",
  code_challenge_method: "The hash function of the challenge, SHA-256.",
  access_type: "With offline, Zoho issues a refresh token.",
  prompt: "With consent, Zoho asks the user again and issues a new refresh token.",
};
