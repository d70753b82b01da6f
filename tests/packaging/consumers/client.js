import { OAuthClient, zoho } from "grantkit";

const client = new OAuthClient({ server: zoho(), client_id: "1000.A", redirect_uri: "https://app.example/callback" });
console.log(await client.authorizationRequest({ scope: "ZohoCRM.org.READ" }));
