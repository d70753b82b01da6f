import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fakeZoho } from "grantkit/testing";
import { bundle, Miniflare } from "../../runtimes/support/workerd.mjs";
import { CLIENT, FAKE, SCOPE } from "../../scenario/world.mjs";
import { outbound } from "./support/fleet.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The example of the declarations, as a file in a folder where it finds the package. @param {string} folder */
async function example(folder) {
  const declarations = await readFile(join(root, "pkg/cloudflare.d.ts"), "utf8");
  const [, text = ""] = /@example\n(.*?)\n \*\//s.exec(declarations) ?? [];
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const file = join(folder, "example.mjs");
  await writeFile(file, text.replaceAll(/^ \* {0,2}/gm, ""));
  return file;
}

test("the example of the declarations is a Worker that reaches the API", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "grantkit-example-"));
  const fake = await fakeZoho(FAKE);
  const built = async (/** @type {string} */ name, /** @type {string} */ entry) => {
    const modulesRoot = join(folder, name);
    await mkdir(modulesRoot);
    return { name, modulesRoot, modules: await bundle(entry, modulesRoot) };
  };
  // Whoever connects lives in the past, so that the tokens of the example have expired.
  const bindings = {
    CLIENT,
    NOW: Math.floor(Date.now() / 1000) - 7200,
    CLIENT_ID: CLIENT.client_id,
    CLIENT_SECRET: CLIENT.client_secret.us,
  };
  const durableObjects = { VAULT: { className: "Vault", scriptName: "example", useSQLite: true } };
  const common = { bindings, durableObjects, compatibilityDate: "2026-04-01", outboundService: outbound(fake.fetch) };
  const caller = fileURLToPath(new URL("support/caller.mjs", import.meta.url));
  const miniflare = new Miniflare({
    workers: [
      { ...common, ...(await built("example", await example(folder))) },
      { ...common, ...(await built("caller", caller)) },
    ],
  });
  t.after(async () => {
    await miniflare.dispose();
    await rm(folder, { recursive: true });
  });
  const connect = async () => {
    const code = fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE });
    const worker = await miniflare.getWorker("caller");
    const body = JSON.stringify({ name: "ada", method: "connect", values: [code] });
    assert.deepEqual(await (await worker.fetch("http://caller/", { method: "POST", body })).json(), {});
  };

  await connect();
  const answer = await miniflare.dispatchFetch("http://example/");
  assert.equal((await answer.json()).org[0].country_code, "US");

  await connect();
  fake.revokeAll();
  const refused = await miniflare.dispatchFetch("http://example/");
  assert.deepEqual([refused.status, await refused.text()], [503, "reauthorization_required"]);
  assert.deepEqual(
    fake.log.map(({ path, grant_type }) => grant_type ?? path),
    ["authorization_code", "refresh_token", "/crm/v8/org", "authorization_code", "refresh_token"],
  );
});
