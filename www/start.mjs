// What `npm start` runs: the main job step by step, then the page where a person can walk the web flow.

import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { OAuthClient, zoho } from "grantkit";
import { demo } from "./app.mjs";
import { listen, wantedPort } from "./listen.mjs";
import { walkWebFlow } from "./web-flow.mjs";
import { startZoho } from "./zoho.mjs";

const port = wantedPort();
await import("../examples/self-client.mjs");

const server = createServer();
const origin = await listen(server, port);
const redirect_uri = `${origin}/callback`;
const { fake, registration, accounts, api, close } = await startZoho(redirect_uri);
const client = new OAuthClient({
  server: zoho({ accountsServer: accounts, apiDomain: api }),
  ...registration,
  redirect_uri,
});

await walkWebFlow(client, fake);

server.on("request", getRequestListener(demo({ client, origin, accounts }).fetch));

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"]) {
  // A terminal and npm may both send it. With its servers closed, nothing keeps the process alive.
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    server.close();
    server.closeAllConnections();
    await close();
    console.log("\nended");
  });
}

console.log(`\nThe same in a browser: ${origin}/ (Ctrl-C ends it)`);
