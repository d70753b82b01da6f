// The part of an application that talks to Zoho. Its fetch and its clock are handed in, so that leads.test.mjs beside it
// can hand in others; an application leaves them out.

import { OAuthClient, OAuthError, TokenManager, zoho } from "grantkit";

/** @typedef {import("grantkit").ClientConfig} ClientConfig */
/** To connect, or to try again in so many seconds. @typedef {{ next: "connect" } | { next: "wait", seconds: number }} Next */

/**
 * @param {Pick<ClientConfig, "client_id" | "client_secret" | "redirect_uri">} registration
 * @param {import("grantkit").TokenStore} store
 * @param {Pick<ClientConfig, "fetch" | "clock">} [outside]
 */
export function zohoLeads(registration, store, outside) {
  const client = new OAuthClient({ server: zoho(), ...registration, ...outside });
  const grantOf = (/** @type {string} */ user) => new TokenManager(client, store, { key: user });

  return {
    /** Where to send a user, and what to keep until they are back. */
    connect: () => client.authorizationRequest({ scope: "ZohoCRM.modules.leads.READ" }),

    /** @param {string} user @param {string} callback @param {import("grantkit").Pending} pending */
    async connected(user, callback, pending) {
      await grantOf(user).save(await client.authorizationCodeGrant(callback, pending));
    },

    /**
     * The companies of a user's newest leads, or what the user can do.
     *
     * @param {string} user
     * @returns {Promise<{ companies: string[] } | Next>}
     */
    async newest(user) {
      try {
        const answer = await grantOf(user).fetch("/crm/v8/Leads?fields=Company&per_page=3");
        if (!answer.ok) return { next: "wait", seconds: 60 };
        const { data = [] } = answer.status === 204 ? {} : await answer.json();
        return { companies: data.map((/** @type {{ Company: string }} */ { Company }) => Company) };
      } catch (error) {
        return after(error);
      }
    },
  };
}

/** @param {unknown} error @returns {Next} */
function after(error) {
  if (!(error instanceof OAuthError)) throw error;
  if (error.code === "reauthorization_required") return { next: "connect" };
  if (error.retryable) return { next: "wait", seconds: error.retryAfter ?? 60 };
  throw error;
}
