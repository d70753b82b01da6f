/** What each parameter of an authorization request is for. @type {Record<string, string>} */
export const PARAMETERS = {
  response_type: "Asks for a code, which a server exchanges for tokens (RFC 6749 4.1.1).",
  client_id: "Names the application.",
  redirect_uri: "Where the answer goes. It has to equal the registered one.",
  scope: "What the application may do. Zoho separates scopes by commas.",
  state: "Fresh and random. The callback has to carry the same (RFC 6749 10.12).",
  code_challenge: "The hash of a secret that only the exchange shows (RFC 7636).",
  code_challenge_method: "How the challenge was made: SHA-256.",
  access_type: "With offline Zoho gives a refresh token.",
  prompt: "With consent Zoho asks again, and gives a new refresh token.",
};
