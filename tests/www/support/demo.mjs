import { createRequire } from "node:module";
import { after } from "node:test";
import { build } from "../../../www/build.mjs";
import { startDemo } from "../../../www/local/demo.mjs";
import { visitor } from "./visitor.mjs";

const { Response: MiniflareResponse } = createRequire(import.meta.url)("miniflare");

/** The form parameters and response members that are secret. */
const SECRET_NAME = /^(?:code|code_verifier|client_secret|refresh_token|access_token|token)$/;

/** @typedef {Awaited<ReturnType<typeof demo>>} Demo */
/** @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch */

/**
 * Starts the demo for the tests of a file. The Worker's requests and their responses pass through here, so that tests
 * know every secret and can replace a response.
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
  let interceptor;

  const addSecrets = (/** @type {Iterable<[string, unknown]>} */ pairs) => {
    for (const [name, value] of pairs) if (SECRET_NAME.test(name) && typeof value === "string") secrets.add(value);
  };

  /** @param {Request} request */
  const outbound = async (request) => {
    const { url, method } = request;
    const headers = new Headers([...request.headers]);
    sent.push({ url, method, headers });
    const body = method === "GET" ? null : await request.text();
    addSecrets(new URLSearchParams(body ?? ""));
    const response = await (interceptor ?? fetch)(url, { method, headers, body, redirect: "manual" });
    const bytes = await response.arrayBuffer();
    addSecrets(membersOf(new TextDecoder().decode(bytes)));
    const { status } = response;
    return new MiniflareResponse([204, 304].includes(status) ? null : bytes, {
      status,
      headers: [...response.headers],
    });
  };

  const log = (/** @type {string} */ line) => {
    // Miniflare logs this about the Durable Object stubs that tests hold.
    if (!line.startsWith("An RPC stub was not disposed")) logged.push(line);
  };
  const started = await startDemo({ ...options, log, outbound });
  after(() => started.close());
  const { origin, miniflare } = started;

  return {
    ...started,
    /** Every token, code, verifier and client secret in a request or response. */
    secrets,
    /** The requests that the Worker sent. */
    sent,
    /** The lines that the Worker logged. */
    logged,
    /** A new browser. */
    visitor: () => visitor(started),
    /** Responds to the Worker in place of the network; without an argument, the network responds again. @param {Fetch} [fetch] */
    intercept(fetch) {
      interceptor = fetch;
    },
    /** How many token requests of a grant type the fake received. @param {string} grant_type */
    tokenRequests: (grant_type) => started.fake.log.filter((entry) => entry.grant_type === grant_type).length,
    /** Sends a request to the Worker under any URL. @param {string} url @param {RequestInit} [init] @returns {Promise<Response>} */
    dispatch: (url, init) => miniflare.dispatchFetch(url, { redirect: "manual", ...init }),
    /** The Durable Object of a session. @param {string} name @returns {Promise<any>} */
    async vault(name) {
      const vaults = await miniflare.getDurableObjectNamespace("VAULT");
      return vaults.get(vaults.idFromName(name));
    },
    url: (/** @type {string} */ path) => new URL(path, origin).href,
  };
}

/** The members of a JSON object; empty for any other text. @param {string} text @returns {[string, unknown][]} */
function membersOf(text) {
  try {
    return Object.entries(JSON.parse(text));
  } catch {
    return [];
  }
}
