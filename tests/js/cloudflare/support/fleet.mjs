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
 * Bundles a Worker for the tests of a file.
 *
 * @param {string} entry beside this file
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

/** Answers what Workers fetch. @param {Fetch} server */
export function outbound(server) {
  return async (/** @type {Request} */ request) => {
    const { method, url } = request;
    const body = method === "GET" ? null : await request.text();
    const response = await server(url, { method, headers: [...request.headers], body });
    const { status, headers } = response;
    return new MiniflareResponse(await response.text(), { status, headers: [...headers] });
  };
}

/** A promise, and what resolves it. @returns {[Promise<void>, () => void]} */
function signal() {
  let resolve = () => {};
  const promise = new Promise((/** @type {(value: void) => void} */ settle) => {
    resolve = settle;
  });
  return [promise, resolve];
}

/**
 * A Worker that has the vaults, and two others that ask them. Whatever they fetch goes to the server of the world of now.
 *
 * @param {Scope} scope which ends it
 * @param {Bundles} bundles
 * @param {{ hostDate?: string, callerDate?: string }} [dates] of compatibility
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
  let worlds = 0;

  return {
    /** Ends the runtime, with all that is in memory, and starts it again over what is stored. */
    async restart() {
      await miniflare.dispose();
      miniflare = start();
    },

    /** A server of its own, and vaults that nobody used. @param {Fetch} [instead] of a fake Zoho */
    async world(instead) {
      const fake = await fakeZoho(FAKE);
      worlds += 1;
      const prefix = `${worlds}/`;
      /** What becomes of the next answer of an endpoint. @type {Map<string, () => Promise<void>>} */
      const kept = new Map();
      server = async (url, init) => {
        const response = await (instead ?? fake.fetch)(url, init);
        const { pathname } = new URL(url);
        const keep = kept.get(pathname);
        kept.delete(pathname);
        await keep?.();
        return response;
      };

      /** @param {string} name @param {string} method @param {unknown[]} values */
      const question = (name, method, values) => {
        return { method: "POST", body: JSON.stringify({ name: prefix + name, method, values }) };
      };

      /**
       * Has one of the Workers ask a vault.
       *
       * @param {"first" | "second"} through
       * @param {string} name of the vault
       * @param {string} method
       * @param {unknown[]} values
       * @returns {Promise<{ value?: any, thrown?: any }>}
       */
      const ask = async (through, name, method, ...values) => {
        const worker = await miniflare.getWorker(through);
        return (await worker.fetch("http://worker/", question(name, method, values))).json();
      };

      /** A vault as its tests see it. @param {string} name */
      const vault = (name) => {
        /** @param {string} method @param {unknown[]} values */
        const tell = async (method, ...values) => {
          const { value, thrown } = await ask("first", name, method, ...values);
          if (thrown) throw new Error(`${method}: ${JSON.stringify(thrown)}`);
          return value;
        };
        return {
          tell,
          /** What a method rejects with, as the caller sees it. @param {string} method @param {unknown[]} values */
          async refused(method, ...values) {
            const { value, thrown } = await ask("first", name, method, ...values);
            if (!thrown) throw new Error(`${method} resolved to ${JSON.stringify(value)}`);
            return thrown;
          },
          /** A user connects Zoho. */
          connect: () => tell("connect", fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE })),
          /** Time passes for the vault and for Zoho. @param {number} seconds */
          async pass(seconds) {
            fake.advance(seconds);
            await tell("pass", seconds);
          },
        };
      };

      return {
        fake,
        ask,
        vault,
        /** Has the first Worker ask for somebody who may go away. @param {AbortSignal} gone @param {string} name @param {string} method */
        askUntil: (gone, name, method) =>
          miniflare.dispatchFetch("http://worker/", { ...question(name, method, []), signal: gone }),
        /** How many refreshes reached the server. */
        refreshes: () => fake.log.filter(({ grant_type }) => grant_type === "refresh_token").length,
        /** Keeps the next answer of an endpoint from its receiver: `given` resolves when the server gave it. */
        keepAnswer(path = "/oauth/v2/token") {
          const [given, gave] = signal();
          const [released, release] = signal();
          kept.set(path, () => {
            gave();
            return released;
          });
          return { given, release };
        },
      };
    },
  };
}
