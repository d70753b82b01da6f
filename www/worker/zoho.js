// What the demo shows about Zoho: its limits, and the scopes that a user can choose.

// The package does not export Zoho's row: tests/www/limits.test.mjs compares these with it and with the fake.
export const ACCESS_TOKEN_SECONDS = 3600;

/** How many access tokens Zoho issues for one refresh token in a period of `seconds`. */
export const TOKEN_REQUEST_BUDGET = { requests: 10, seconds: 600 };

/** Each scope, and an API call that it allows. */
const API_CALLS = [
  { scope: "ZohoCRM.modules.leads.READ", label: "Read leads", path: "/crm/v8/Leads?fields=Full_Name,Company" },
  { scope: "ZohoCRM.modules.contacts.READ", label: "Read contacts", path: "/crm/v8/Contacts?fields=Full_Name,Email" },
  { scope: "ZohoCRM.modules.products.READ", label: "Read products", path: "/crm/v8/Products?fields=Product_Name" },
  { scope: "ZohoCRM.org.READ", label: "Read the organisation", path: "/crm/v8/org" },
  { scope: "ZohoCRM.users.READ", label: "Read users", path: "/crm/v8/users?type=CurrentUser" },
];

/** The scopes that the page offers. */
export const SCOPES = API_CALLS.map(({ scope, label }) => ({ scope, label }));

/** The path of an API call that the granted scopes allow. @param {string} [granted] separated by spaces */
export function pathFor(granted = "") {
  const scopes = granted.split(" ");
  const call = API_CALLS.find(({ scope }) => scopes.includes(scope)) ?? API_CALLS[0];
  return /** @type {{ path: string }} */ (call).path;
}
