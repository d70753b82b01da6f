// Zoho's data centres, from grantkit's own list. The Worker, the page and the local fake import them from here.

export { zohoRegions } from "grantkit";
