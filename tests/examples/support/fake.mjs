import { createServer } from "node:http";
import { fakeZoho } from "grantkit/testing";
import { start } from "../../support/program.mjs";

/** @typedef {{ method: string, host: string, path: string, query: URLSearchParams, headers: Headers }} Asked */

/**
 * A fake Zoho for example programs: `run` starts a program whose requests to Zoho go to the fake. The fake serves all
 * programs of a test.
 *
 * @param {import("node:test").TestContext} t
 * @param {import("grantkit/testing").FakeZohoOptions} options
 */
export async function zohoForPrograms(t, options) {
  const fake = await fakeZoho(options);
  /** @type {Asked[]} */
  const asked = [];
  /** Called before the fake responds; the response waits for its promise. @type {(asked: Asked) => unknown} */
  let watch = () => {};
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(/** @type {string} */ (incoming.url).slice(1));
    const { method = "GET", rawHeaders } = incoming;
    const pairs = rawHeaders.flatMap((name, index) => (index % 2 ? [] : [[name, rawHeaders[index + 1] ?? ""]]));
    const headers = new Headers(/** @type {[string, string][]} */ (pairs));
    const body = Buffer.concat(await incoming.toArray());
    const request = { method, host: url.host, path: url.pathname, query: url.searchParams, headers };
    asked.push(request);
    await watch(request);
    const response = await fake.fetch(url, { method, headers, ...(body.length > 0 && { body }) });
    outgoing
      .writeHead(response.status, Object.fromEntries(response.headers))
      .end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(undefined));
  });
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const preload = ["--import", "./tests/examples/support/at-fake.mjs"];
  const FAKE_ZOHO = `http://127.0.0.1:${port}`;
  return {
    fake,
    asked,
    /** @param {typeof watch} called */
    watch(called) {
      watch = called;
    },
    /** @param {string} script @param {Record<string, string>} environment */
    run: (script, environment) => start([...preload, script], { ...environment, FAKE_ZOHO }),
  };
}
