// A token endpoint over HTTP, in a process of its own, so that it takes no time from those that are measured.

import { createServer } from "node:http";
import { TOKENS } from "../world.mjs";

const NEEDED = { authorization_code: "code", refresh_token: "refresh_token" };
const ANSWER = JSON.stringify(TOKENS);

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const sent = new URLSearchParams(Buffer.concat(chunks).toString());
    const needed = /** @type {Record<string, string>} */ (NEEDED)[sent.get("grant_type") ?? ""] ?? "";
    const isRight = request.method === "POST" && request.url === "/token" && sent.get(needed);
    const text = isRight ? ANSWER : '{"error":"invalid_request"}';
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    response.writeHead(isRight ? 200 : 400, headers).end(text);
  });
});

server.listen(0, "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.send?.(`http://127.0.0.1:${port}`);
});
// The other end of the channel is the benchmark: when it goes, so does the server.
process.on("disconnect", () => process.exit());
