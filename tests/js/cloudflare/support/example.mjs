import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fakeZoho } from "grantkit/testing";
import { bundle, Miniflare } from "../../../runtimes/support/workerd.mjs";
import { CLIENT, FAKE, SCOPE } from "../../../scenario/setup.mjs";
import { outbound } from "./fleet.mjs";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/**
 * Runs a Worker of the documentation whose requests all go to a fake Zoho.
 *
 * @param {{ after: (end: () => Promise<void>) => void }} scope that ends it
 * @param {string} code
 * @param {object} bindings its environment, besides VAULT
 */
export async function startExample(scope, code, bindings) {
  const folder = await mkdtemp(join(tmpdir(), "grantkit-example-"));
  const fake = await fakeZoho(FAKE);
  const built = async (/** @type {string} */ name, /** @type {string} */ entry) => {
    const modulesRoot = join(folder, name);
    await mkdir(modulesRoot);
    return { name, modulesRoot, modules: await bundle(entry, modulesRoot) };
  };
  // The example imports the package from here.
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const entry = join(folder, "example.mjs");
  await writeFile(entry, code);

  // The user connected two hours ago, so the tokens of the example have expired.
  const NOW = Math.floor(Date.now() / 1000) - 7200;
  const durableObjects = { VAULT: { className: "Vault", scriptName: "example", useSQLite: true } };
  const common = { durableObjects, compatibilityDate: "2026-04-01", outboundService: outbound(fake.fetch) };
  const caller = fileURLToPath(new URL("caller.mjs", import.meta.url));
  const miniflare = new Miniflare({
    workers: [
      { ...common, bindings, ...(await built("example", entry)) },
      { ...common, bindings: { CLIENT, NOW }, ...(await built("caller", caller)) },
    ],
  });
  scope.after(async () => {
    await miniflare.dispose();
    await rm(folder, { recursive: true });
  });

  return {
    fake,
    /** @returns {Promise<Response>} */
    fetch: () => miniflare.dispatchFetch("http://example/"),
    /**
     * Makes another Worker save the tokens of a user to a vault.
     *
     * @param {string} name of the vault
     * @param {import("grantkit").ZohoLocation} location of the user
     */
    async connect(name, location) {
      const code = fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE, location });
      const worker = await miniflare.getWorker("caller");
      const body = JSON.stringify({ name, method: "connect", values: [code, { location }] });
      const { thrown } = await (await worker.fetch("http://caller/", { method: "POST", body })).json();
      if (thrown) throw new Error(JSON.stringify(thrown));
    },
    /** The requests that Zoho received: the grant type of a token request, else the path. */
    requests: () => fake.log.map(({ path, grant_type }) => grant_type ?? path),
  };
}
