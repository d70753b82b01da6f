// What `npm start` runs: the main job step by step, then the demo, where a person can walk the redirect flow.

import { OAuthClient, zoho } from "grantkit";
import { startDemo } from "./local/demo.mjs";
import { WEB_CLIENT } from "./local/fake-zoho.mjs";
import { wantedPort } from "./local/port.mjs";
import { walkWebFlow } from "./local/web-flow.mjs";

// Ahead of the handlers of what runs the Worker, which would call it a failure. The end of this process ends that too.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    console.log("\nended");
    process.exit(0);
  });
}

const port = wantedPort();
await import("../examples/self-client.mjs");

const { origin, fake, accounts, api } = await startDemo({ port, tell: console.log });
const client = new OAuthClient({
  server: zoho({ accountsServer: accounts, apiDomain: api }),
  ...WEB_CLIENT,
  redirect_uri: `${origin}/callback`,
});
await walkWebFlow(client, fake);

console.log(`\nThe same in a browser: ${origin}/ (Ctrl-C ends it)`);
console.log("Press Connect there, and say yes or no on the consent page of this fake Zoho. You need no account.");
