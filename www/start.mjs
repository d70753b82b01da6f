// The program behind `npm start`: it runs the flows step by step, then serves the demo for a browser.

import { OAuthClient, zoho } from "grantkit";
import { startDemo } from "./local/demo.mjs";
import { WEB_CLIENT } from "./local/fake-zoho.mjs";
import { wantedPort } from "./local/port.mjs";
import { runWebFlow } from "./local/web-flow.mjs";

// Registered before miniflare's handlers, which would end with a failure. workerd ends together with this process.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    console.log("\nended");
    process.exit(0);
  });
}

const port = wantedPort();
await import("../examples/self-client.mjs");

const { origin, fake, accounts, api } = await startDemo({ port, report: console.log });
const client = new OAuthClient({
  server: zoho({ accountsServer: accounts, apiDomain: api }),
  ...WEB_CLIENT,
  redirect_uri: `${origin}/callback`,
});
await runWebFlow(client, fake);

console.log(`\nThe same flow in a browser: ${origin}/ (press Ctrl-C to stop)`);
console.log("Press Connect there, then approve or deny on the consent page of the fake Zoho. You need no account.");
