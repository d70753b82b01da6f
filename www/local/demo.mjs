// Runs the demo on this machine: a fake Zoho on loopback, and the built Worker in workerd.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fakeControls } from "./fake-controls.mjs";
import { SELF_CLIENT, startFakeZoho, WEB_CLIENT } from "./fake-zoho.mjs";
import { freePort } from "./port.mjs";

const { Miniflare, NoOpLog } = createRequire(import.meta.url)("miniflare");

const BUILD = fileURLToPath(new URL("../../target/www/", import.meta.url));
/** Another program may take the port after freePort() found it free. */
const TRIES = 3;

/** @typedef {Awaited<ReturnType<typeof startDemo>>} Demo */

/**
 * Starts the output of `node www/build.mjs`.
 *
 * @param {object} [options]
 * @param {number} [options.port] the first port to try; 0, the default, for any
 * @param {(line: string) => void} [options.report] called for each busy port
 * @param {(line: string) => void} [options.log] called with each line that the Worker logs
 * @param {Record<string, string | undefined>} [options.variables] override the demo's variables; undefined removes one
 * @param {boolean} [options.controls] whether the Worker can control the fake Zoho; default true
 * @param {(request: Request) => Promise<Response>} [options.outbound] responds to the Worker's fetches, in place of the network
 */
export async function startDemo(options = {}) {
  for (let tries = TRIES; ; tries -= 1) {
    try {
      return await startAt(await freePort(options.port, options.report), options);
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code !== "ERR_ADDRESS_IN_USE" || tries === 1) throw error;
    }
  }
}

/**
 * Starts the demo at one port, which the caller knows to be free.
 *
 * @param {number} port
 * @param {Parameters<typeof startDemo>[0]} [options]
 */
export async function startAt(port, { log = console.error, variables = {}, controls = true, outbound } = {}) {
  const origin = `http://127.0.0.1:${port}`;
  const zoho = await startFakeZoho(`${origin}/callback`);
  const keys = randomBytes(32).toString("base64url");
  const settings = {
    ORIGIN: origin,
    ZOHO_LOCATION: "us",
    ZOHO_CLIENT_ID: WEB_CLIENT.client_id,
    ZOHO_CLIENT_SECRET: WEB_CLIENT.client_secret,
    SELF_CLIENT_ID: SELF_CLIENT.client_id,
    SELF_CLIENT_SECRET: SELF_CLIENT.client_secret,
    SESSION_KEYS: keys,
    ZOHO_ORIGINS: JSON.stringify({ accounts: zoho.accounts, api: zoho.api }),
    ...variables,
  };
  const base = {
    ...(await builtWorker()),
    host: "127.0.0.1",
    port,
    log: new NoOpLog(),
    cf: false,
    handleRuntimeStdio: (/** @type {import("node:stream").Readable[]} */ ...streams) => {
      for (const input of streams) createInterface({ input }).on("line", log);
    },
    ...(outbound && { outboundService: outbound }),
    serviceBindings: controls ? { FAKE: fakeControls(zoho.fake) } : {},
  };
  /** @param {Record<string, string | undefined>} [changes] */
  const deployment = (changes = {}) => {
    const bindings = Object.entries({ ...settings, ...changes }).filter(([, value]) => value !== undefined);
    return { ...base, bindings: Object.fromEntries(bindings) };
  };
  const miniflare = new Miniflare(deployment());
  const close = async () => {
    // dispose() rejects if the Worker did not start. The fake would keep this process running, so it is closed anyway.
    await miniflare.dispose().finally(zoho.close);
  };
  try {
    await miniflare.ready;
  } catch (error) {
    // close() rejects with the same error.
    await close().catch(() => {});
    throw error;
  }
  return {
    origin,
    keys,
    fake: zoho.fake,
    accounts: zoho.accounts,
    api: zoho.api,
    miniflare,
    close,
    /** Deploys the Worker again with changed variables, and keeps its storage. @param {Record<string, string | undefined>} changes */
    redeploy: (changes) => miniflare.setOptions(deployment(changes)),
  };
}

/** The options for the Worker that wrangler bundled, as wrangler.toml configures it. */
async function builtWorker() {
  const folder = `${BUILD}worker/`;
  const names = await readdir(folder);
  const wasm = names.filter((name) => name.endsWith(".wasm"));
  const { compatibility_date, compatibility_flags } = JSON.parse(readFileSync(`${folder}compatibility.json`, "utf8"));
  return {
    name: "grantkit-demo",
    modulesRoot: folder,
    modules: [
      { type: "ESModule", path: `${folder}worker.js` },
      ...wasm.map((name) => ({ type: "CompiledWasm", path: folder + name })),
    ],
    compatibilityDate: compatibility_date,
    compatibilityFlags: compatibility_flags,
    durableObjects: { VAULT: { className: "Vault", useSQLite: true } },
    assets: {
      directory: `${BUILD}page`,
      binding: "ASSETS",
      routerConfig: { invoke_user_worker_ahead_of_assets: true, has_user_worker: true },
    },
  };
}
