import { zoho } from "grantkit";

console.log(zoho({ location: "eu" }));
