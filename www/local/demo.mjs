// The demo on this machine: a fake Zoho on loopback, and the Worker as it would be deployed, in workerd.

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

const BUILT = fileURLToPath(new URL("../../target/www/", import.meta.url));
/** Between the look for a free port and the Worker's listening another program may take it. */
const TRIES = 3;

/** @typedef {Awaited<ReturnType<typeof startDemo>>} Demo */

/**
 * Starts what `node www/build.mjs` built.
 *
 * @param {object} [options]
 * @param {number} [options.port] the first to try; 0, the default, for any
 * @param {(line: string) => void} [options.tell] of ports that are busy
 * @param {(line: string) => void} [options.log] what the Worker logs
 * @param {Record<string, string | undefined>} [options.variables] in place of those of the demo; undefined takes one away
 * @param {boolean} [options.controls] whether the Worker can move the fake; default true
 * @param {(request: Request) => Promise<Response>} [options.outbound] answers what the Worker fetches, in place of the network
 */
export async function startDemo(options = {}) {
  for (let tries = TRIES; ; tries -= 1) {
    try {
      return await startAt(await freePort(options.port, options.tell), options);
    } catch (error) {
      if (/** @type {{ code?: string }} */ (error).code !== "ERR_ADDRESS_IN_USE" || tries === 1) throw error;
    }
  }
}

/**
 * As `startDemo`, at one port that is taken to be free.
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
    ...(await worker()),
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
    // What failed to start rejects here too; the fake would then keep the process from its end.
    await miniflare.dispose().finally(zoho.close);
  };
  try {
    await miniflare.ready;
  } catch (error) {
    // Rejects with the same error.
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
    /** Deploys anew with other variables; what is stored stays. @param {Record<string, string | undefined>} changes */
    redeploy: (changes) => miniflare.setOptions(deployment(changes)),
  };
}

/** The Worker of wrangler's bundle, with what wrangler.toml says of it. */
async function worker() {
  const folder = `${BUILT}worker/`;
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
      directory: `${BUILT}page`,
      binding: "ASSETS",
      routerConfig: { invoke_user_worker_ahead_of_assets: true, has_user_worker: true },
    },
  };
}
