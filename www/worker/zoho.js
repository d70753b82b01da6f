// What this demo knows of Zoho, and shows.

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

/** @type {ZohoLocation[]} */
export const LOCATIONS = ["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk", "ae"];

/** Seconds that an access token of Zoho lives. */
export const LIFETIME = 3600;

/** How many access tokens Zoho makes of one refresh token, in how many seconds. */
export const BUDGET = { requests: 10, seconds: 600 };

/** The modules that may be asked for, and how their records are listed. */
const MODULES = [
  { scope: "ZohoCRM.modules.leads.READ", label: "Read leads", path: "/crm/v8/Leads?fields=Full_Name,Company" },
  { scope: "ZohoCRM.modules.contacts.READ", label: "Read contacts", path: "/crm/v8/Contacts?fields=Full_Name,Email" },
  { scope: "ZohoCRM.modules.products.READ", label: "Read products", path: "/crm/v8/Products?fields=Product_Name" },
  { scope: "ZohoCRM.org.READ", label: "Read the organisation", path: "/crm/v8/org" },
  { scope: "ZohoCRM.users.READ", label: "Read users", path: "/crm/v8/users?type=CurrentUser" },
];

/** What a user may be asked for. */
export const SCOPES = MODULES.map(({ scope, label }) => ({ scope, label }));

/** A call that these scopes allow. @param {string} [granted] separated by spaces */
export function pathFor(granted = "") {
  const scopes = granted.split(" ");
  return (MODULES.find(({ scope }) => scopes.includes(scope)) ?? /** @type {{ path: string }} */ (MODULES[0])).path;
}
