import { mkdtempSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { fakeZoho } from "grantkit/testing";
import { bundle, Miniflare } from "../../../runtimes/support/workerd.mjs";
import { CLIENT, FAKE, NOW, SCOPE } from "../../../scenario/setup.mjs";

const { Response: MiniflareResponse } = createRequire(import.meta.url)("miniflare");

/** @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch */
/** @typedef {{ after: (end: () => Promise<void>) => void }} Scope */
/** @typedef {Awaited<ReturnType<typeof bundleFleet>>} Bundles */

/**
 * Bundles a Worker for the tests of one file.
 *
 * @param {string} entry in this folder
 */
async function bundled(entry) {
  const folder = await mkdtemp(join(tmpdir(), "grantkit-fleet-"));
  after(() => rm(folder, { recursive: true }));
  return { modulesRoot: folder, modules: await bundle(fileURLToPath(new URL(entry, import.meta.url)), folder) };
}

/** The Workers of a fleet. */
export async function bundleFleet() {
  return { host: await bundled("host.mjs"), caller: await bundled("caller.mjs") };
}

/** Sends the requests of Workers to a server. @param {Fetch} server */
export function outbound(server) {
  return async (/** @type {Request} */ request) => {
    const { method, url } = request;
    const body = method === "GET" ? null : await request.text();
    const response = await server(url, { method, headers: [...request.headers], body });
    const { status, headers } = response;
    return new MiniflareResponse(await response.text(), { status, headers: [...headers] });
  };
}

/** A promise and the function that resolves it. @returns {[Promise<void>, () => void]} */
function signal() {
  let resolve = () => {};
  const promise = new Promise((/** @type {(value: void) => void} */ settle) => {
    resolve = settle;
  });
  return [promise, resolve];
}

/**
 * A Worker with the vaults, and two Workers that call them. All their requests go to the server of the latest setUp().
 *
 * @param {Scope} scope that ends it
 * @param {Bundles} bundles
 * @param {{ hostDate?: string, callerDate?: string }} [dates] the compatibility dates
 */
export function startFleet(scope, { host, caller }, { hostDate = "2026-04-01", callerDate = hostDate } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "grantkit-objects-"));
  /** @type {Fetch} */
  let server;
  const outboundService = outbound((url, init) => server(url, init));
  const bindings = { CLIENT, NOW };
  const durableObjects = { VAULT: { className: "Vault", scriptName: "host", useSQLite: true } };
  const common = { bindings, durableObjects, outboundService };
  const start = () =>
    new Miniflare({
      workers: [
        { ...common, ...caller, compatibilityDate: callerDate, name: "first" },
        { ...common, ...caller, compatibilityDate: callerDate, name: "second" },
        { ...common, ...host, compatibilityDate: hostDate, name: "host" },
      ],
      durableObjectsPersist: folder,
    });
  let miniflare = start();
  scope.after(async () => {
    await miniflare.dispose();
    await rm(folder, { recursive: true });
  });
  let setUps = 0;

  return {
    /** Ends the runtime with all its memory, and starts it again with the same storage. */
    async restart() {
      await miniflare.dispose();
      miniflare = start();
    },

    /** A new server, and vaults without a grant. @param {Fetch} [instead] of a fake Zoho */
    async setUp(instead) {
      const fake = await fakeZoho(FAKE);
      setUps += 1;
      const prefix = `${setUps}/`;
      /** Delays the next response of an endpoint. @type {Map<string, () => Promise<void>>} */
      const holds = new Map();
      server = async (url, init) => {
        const response = await (instead ?? fake.fetch)(url, init);
        const { pathname } = new URL(url);
        const hold = holds.get(pathname);
        holds.delete(pathname);
        await hold?.();
        return response;
      };

      /** @param {string} name @param {string} method @param {unknown[]} values */
      const requestOf = (name, method, values) => {
        return { method: "POST", body: JSON.stringify({ name: prefix + name, method, values }) };
      };

      /**
       * Makes one of the Workers invoke a method of a vault.
       *
       * @param {"first" | "second"} workerName
       * @param {string} name of the vault
       * @param {string} method
       * @param {unknown[]} values
       * @returns {Promise<{ value?: any, thrown?: any }>}
       */
      const invokeThrough = async (workerName, name, method, ...values) => {
        const worker = await miniflare.getWorker(workerName);
        return (await worker.fetch("http://worker/", requestOf(name, method, values))).json();
      };

      /** The methods of a vault, invoked through the first Worker. @param {string} name */
      const vault = (name) => {
        /** @param {string} method @param {unknown[]} values */
        const invoke = async (method, ...values) => {
          const { value, thrown } = await invokeThrough("first", name, method, ...values);
          if (thrown) throw new Error(`${method}: ${JSON.stringify(thrown)}`);
          return value;
        };
        return {
          invoke,
          /** The error of a method that rejects, as the caller gets it. @param {string} method @param {unknown[]} values */
          async rejection(method, ...values) {
            const { value, thrown } = await invokeThrough("first", name, method, ...values);
            if (!thrown) throw new Error(`${method} resolved to ${JSON.stringify(value)}`);
            return thrown;
          },
          /** Saves the tokens of a new user. */
          connect: () => invoke("connect", fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE })),
          /** Advances the clocks of the vault and of Zoho. @param {number} seconds */
          async advance(seconds) {
            fake.advance(seconds);
            await invoke("advance", seconds);
          },
        };
      };

      return {
        fake,
        invokeThrough,
        vault,
        /** Invokes a method in a request that the signal aborts. @param {AbortSignal} signal @param {string} name @param {string} method */
        invokeUntil: (signal, name, method) =>
          miniflare.dispatchFetch("http://worker/", { ...requestOf(name, method, []), signal }),
        /** How many refresh requests reached the server. */
        refreshes: () => fake.log.filter(({ grant_type }) => grant_type === "refresh_token").length,
        /** Holds back the next response of an endpoint; `responded` resolves when the server has sent it. */
        holdResponse(path = "/oauth/v2/token") {
          const [responded, markResponded] = signal();
          const [released, release] = signal();
          holds.set(path, () => {
            markResponded();
            return released;
          });
          return { responded, release };
        },
      };
    },
  };
}
