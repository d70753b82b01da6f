// The part of an application that calls Zoho. Tests pass their own `fetch` and `clock`, as leads.test.mjs does; the
// application omits them.

import { OAuthClient, OAuthError, TokenManager, zoho } from "grantkit";

/** @typedef {import("grantkit").ClientConfig} ClientConfig */
/** What the user can do: connect, or wait for some seconds. @typedef {{ next: "connect" } | { next: "wait", seconds: number }} Next */

/**
 * @param {Pick<ClientConfig, "client_id" | "client_secret" | "redirect_uri">} registration
 * @param {import("grantkit").TokenStore} store
 * @param {Pick<ClientConfig, "fetch" | "clock">} [environment]
 */
export function zohoLeads(registration, store, environment) {
  const client = new OAuthClient({ server: zoho(), ...registration, ...environment });
  const grantOf = (/** @type {string} */ user) => new TokenManager(client, store, { key: user });

  return {
    /** The URL to send the user to, and the `pending` to store until the callback. */
    startLogin: () => client.authorizationRequest({ scope: "ZohoCRM.modules.leads.READ" }),

    /** Exchanges the code. @param {string} user @param {string} callback @param {import("grantkit").Pending} pending */
    async finishLogin(user, callback, pending) {
      await grantOf(user).save(await client.authorizationCodeGrant(callback, pending));
    },

    /**
     * The companies of the user's newest leads, or what the user can do.
     *
     * @param {string} user
     * @returns {Promise<{ companies: string[] } | Next>}
     */
    async newest(user) {
      try {
        const response = await grantOf(user).fetch("/crm/v8/Leads?fields=Company&per_page=3");
        if (!response.ok) return { next: "wait", seconds: 60 };
        const { data = [] } = response.status === 204 ? {} : await response.json();
        return { companies: data.map((/** @type {{ Company: string }} */ { Company }) => Company) };
      } catch (error) {
        return nextStep(error);
      }
    },
  };
}

/** @param {unknown} error @returns {Next} */
function nextStep(error) {
  if (!(error instanceof OAuthError)) throw error;
  if (error.code === "reauthorization_required") return { next: "connect" };
  if (error.retryable) return { next: "wait", seconds: error.retryAfter ?? 60 };
  throw error;
}
