// The list of Zoho's data centres: the one place from which the Worker, the page and the local fake read it.

/** @typedef {import("grantkit").ZohoLocation} ZohoLocation */

/** @type {readonly { location: ZohoLocation, accounts_server: string }[]} */
export const zohoRegions = [
  { location: "us", accounts_server: "https://accounts.zoho.com" },
  { location: "eu", accounts_server: "https://accounts.zoho.eu" },
  { location: "in", accounts_server: "https://accounts.zoho.in" },
  { location: "au", accounts_server: "https://accounts.zoho.com.au" },
  { location: "jp", accounts_server: "https://accounts.zoho.jp" },
  { location: "cn", accounts_server: "https://accounts.zoho.com.cn" },
  { location: "ca", accounts_server: "https://accounts.zohocloud.ca" },
  { location: "sa", accounts_server: "https://accounts.zoho.sa" },
  { location: "uk", accounts_server: "https://accounts.zoho.uk" },
  { location: "ae", accounts_server: "https://accounts.zoho.ae" },
];
