// A token endpoint over HTTP, in a process of its own, so that it takes no time from the contenders.

import { createServer } from "node:http";
import { TOKENS } from "../fixture.mjs";

const REQUIRED = { authorization_code: "code", refresh_token: "refresh_token" };
const RESPONSE = JSON.stringify(TOKENS);

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const sent = new URLSearchParams(Buffer.concat(chunks).toString());
    const required = /** @type {Record<string, string>} */ (REQUIRED)[sent.get("grant_type") ?? ""] ?? "";
    const isValid = request.method === "POST" && request.url === "/token" && sent.get(required);
    const text = isValid ? RESPONSE : '{"error":"invalid_request"}';
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    response.writeHead(isValid ? 200 : 400, headers).end(text);
  });
});

server.listen(0, "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.send?.(`http://127.0.0.1:${port}`);
});
// Exits with the benchmark, which is at the other end of the channel.
process.on("disconnect", () => process.exit());
