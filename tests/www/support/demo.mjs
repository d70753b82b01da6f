import { createRequire } from "node:module";
import { after } from "node:test";
import { build } from "../../../www/build.mjs";
import { startDemo } from "../../../www/local/demo.mjs";
import { visitor } from "./visitor.mjs";

const { Response: MiniflareResponse } = createRequire(import.meta.url)("miniflare");

/** Parameters of a form, and members of an answer, that nobody else may see. */
const SECRET = /^(?:code|code_verifier|client_secret|refresh_token|access_token|token)$/;

/** @typedef {Awaited<ReturnType<typeof demo>>} Demo */
/** @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch */

/**
 * The demo for the tests of a file. What the Worker sends and is answered goes by here, so that tests know every secret
 * there was, and can change an answer on its way.
 *
 * @param {Pick<NonNullable<Parameters<typeof startDemo>[0]>, "variables" | "controls">} [options]
 */
export async function demo(options = {}) {
  await build();
  /** @type {Set<string>} */
  const secrets = new Set();
  /** @type {string[]} */
  const logged = [];
  /** @type {{ url: string, method: string, headers: Headers }[]} */
  const sent = [];
  /** @type {Fetch | undefined} */
  let instead;

  const note = (/** @type {Iterable<[string, unknown]>} */ pairs) => {
    for (const [name, value] of pairs) if (SECRET.test(name) && typeof value === "string") secrets.add(value);
  };

  /** @param {Request} request */
  const outbound = async (request) => {
    const { url, method } = request;
    const headers = new Headers([...request.headers]);
    sent.push({ url, method, headers });
    const body = method === "GET" ? null : await request.text();
    note(new URLSearchParams(body ?? ""));
    const answer = await (instead ?? fetch)(url, { method, headers, body, redirect: "manual" });
    const bytes = await answer.arrayBuffer();
    note(membersOf(new TextDecoder().decode(bytes)));
    const { status } = answer;
    return new MiniflareResponse([204, 304].includes(status) ? null : bytes, { status, headers: [...answer.headers] });
  };

  const log = (/** @type {string} */ line) => {
    // Of the objects that tests reach from outside.
    if (!line.startsWith("An RPC stub was not disposed")) logged.push(line);
  };
  const started = await startDemo({ ...options, log, outbound });
  after(() => started.close());
  const { origin, miniflare } = started;

  return {
    ...started,
    /** Every token, code, verifier and client secret that was sent or answered. */
    secrets,
    /** What the Worker sent to others. */
    sent,
    /** What the Worker logged. */
    logged,
    /** A browser of its own. */
    visitor: () => visitor(started),
    /** Answers the Worker in place of the network, until told otherwise. @param {Fetch} [fetch] */
    intercept(fetch) {
      instead = fetch;
    },
    /** How often the fake was asked for tokens so. @param {string} grant_type */
    asked: (grant_type) => started.fake.log.filter((entry) => entry.grant_type === grant_type).length,
    /** A request that comes to the Worker under any URL. @param {string} url @param {RequestInit} [init] @returns {Promise<Response>} */
    dispatch: (url, init) => miniflare.dispatchFetch(url, { redirect: "manual", ...init }),
    /** The object that keeps a session. @param {string} name @returns {Promise<any>} */
    async vault(name) {
      const vaults = await miniflare.getDurableObjectNamespace("VAULT");
      return vaults.get(vaults.idFromName(name));
    },
    url: (/** @type {string} */ path) => new URL(path, origin).href,
  };
}

/** Of a JSON object; none of anything else. @param {string} text @returns {[string, unknown][]} */
function membersOf(text) {
  try {
    return Object.entries(JSON.parse(text));
  } catch {
    return [];
  }
}
