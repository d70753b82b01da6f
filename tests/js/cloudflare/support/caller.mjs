// A Worker that asks the vaults for whoever asks it, and says what came of it.
import { OAuthClient, zoho } from "grantkit";
import { vaultError } from "grantkit/cloudflare";

/** @type {Record<string, (stub: any, values: any[], env: any) => Promise<unknown>>} */
const deeds = {
  /** As an application does: the tokens go to the vault as the client returned them. */
  connect: async (stub, [code], env) => {
    const client = new OAuthClient({ server: zoho(), ...env.CLIENT, clock: () => env.NOW * 1000 });
    await stub.save(await client.exchangeCode(code));
  },
};

/** @param {any} thrown what an RPC method rejected with */
function seen(thrown) {
  const error = vaultError(thrown);
  const { name, message, code, retryAfter, tokens } = thrown;
  const raw = { name, message, code, retryAfter, tokens };
  if (!error) return { raw };
  const { stack: _stack, cause, ...members } = /** @type {any} */ (error);
  return { raw, error: { ...members, name: error.name, message: error.message, cause: cause?.message } };
}

export default {
  /** @param {Request} request @param {any} env */
  async fetch(request, env) {
    const { name, method, values } = await request.json();
    const stub = env.VAULT.getByName(name);
    try {
      const value = await (deeds[method]?.(stub, values, env) ?? stub[method](...values));
      return Response.json({ value });
    } catch (thrown) {
      return Response.json({ thrown: seen(thrown) });
    }
  },
};
