/** An error response of the CRM. */
export class CrmError extends Error {
  /** @param {number} status @param {{ code?: string, message?: string }} body */
  constructor(status, { code = "no code", message = "no message" }) {
    super(
      `the CRM responded with HTTP ${status}, ${message}: ${NEXT_STEPS[code] ?? "see the CRM's API documentation"}`,
    );
    this.code = code;
  }
}

/** @type {Record<string, string>} */
const NEXT_STEPS = {
  INVALID_TOKEN: "the access token is expired or revoked; refresh it",
  OAUTH_SCOPE_MISMATCH: "connect with a scope that covers this call",
};

/**
 * @param {import("grantkit").TokenSet} tokens
 * @param {string} path
 */
async function get({ api_domain, access_token }, path) {
  const response = await fetch(`${api_domain}/crm/v8/${path}`, {
    headers: { authorization: `Zoho-oauthtoken ${access_token}` },
  });
  if (response.status === 204) return {};
  const body = await response.json();
  if (!response.ok) throw new CrmError(response.status, body);
  return body;
}

/** @typedef {{ Full_Name: string, Company: string, Lead_Status: string, City: string }} Lead */

/** The newest leads. @param {import("grantkit").TokenSet} tokens @returns {Promise<Lead[]>} */
export async function leads(tokens) {
  const { data = [] } = await get(tokens, "Leads?fields=Full_Name,Company,Lead_Status,City&per_page=5");
  return data;
}

/** The name of the user's organisation. @param {import("grantkit").TokenSet} tokens @returns {Promise<string>} */
export async function organisation(tokens) {
  const { org } = await get(tokens, "org");
  return org[0].company_name;
}
