// A Worker that asks the vaults for whoever asks it, and says what came of it.
import { OAuthClient, zoho } from "grantkit";
import { vaultError, vaultFetch } from "grantkit/cloudflare";

/** @param {any} env @param {object} [settings] */
const clientOf = (env, settings) =>
  new OAuthClient({ server: zoho(), ...env.CLIENT, clock: () => env.NOW * 1000, ...settings });

/** @type {Record<string, (stub: any, values: any[], env: any) => Promise<unknown>>} */
const deeds = {
  /** As an application does: the tokens go to the vault as the client returned them. */
  connect: async (stub, [code, options], env) => {
    await stub.save(await clientOf(env).exchangeCode(code, options));
  },
  /** Calls the API, so many times at once. */
  call: async (stub, [input, { times = 1, init, settings } = /** @type {any} */ ({})], env) => {
    /** @type {import("grantkit").TraceEvent[]} */
    const events = [];
    const trace = (/** @type {import("grantkit").TraceEvent} */ event) => events.push(event);
    const client = clientOf(env, { trace, ...settings });
    const answers = Array.from({ length: times }, async () => {
      const response = await vaultFetch(client, stub, input, init);
      return { status: response.status, text: await response.text() };
    });
    const outcome = await Promise.allSettled(answers);
    const settled = outcome.map((one) => (one.status === "fulfilled" ? one.value : { thrown: seen(one.reason) }));
    return { answers: settled, events: events.map(({ step, url, status, code }) => ({ step, url, status, code })) };
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
