// A Worker that invokes a method of a vault for the test and responds with its value or error.
import { OAuthClient, zoho } from "grantkit";
import { vaultError, vaultFetch } from "grantkit/cloudflare";

/** @param {any} env @param {object} [settings] */
const clientOf = (env, settings) =>
  new OAuthClient({ server: zoho(), ...env.CLIENT, clock: () => env.NOW * 1000, ...settings });

/** @type {Record<string, (stub: any, values: any[], env: any) => Promise<unknown>>} */
const ACTIONS = {
  /** Saves the tokens to the vault as the client returned them, as an application does. */
  connect: async (stub, [code, options], env) => {
    await stub.save(await clientOf(env).exchangeCode(code, options));
  },
  /** Calls the API `times` times concurrently. */
  call: async (stub, [input, { times = 1, init, settings } = /** @type {any} */ ({})], env) => {
    /** @type {import("grantkit").TraceEvent[]} */
    const events = [];
    const trace = (/** @type {import("grantkit").TraceEvent} */ event) => events.push(event);
    const client = clientOf(env, { trace, ...settings });
    const calls = Array.from({ length: times }, async () => {
      const response = await vaultFetch(client, stub, input, init);
      return { status: response.status, text: await response.text() };
    });
    const settled = await Promise.allSettled(calls);
    const results = settled.map((one) => (one.status === "fulfilled" ? one.value : { thrown: describe(one.reason) }));
    return { results, events: events.map(({ step, url, status, code }) => ({ step, url, status, code })) };
  },
};

/** @param {any} thrown the reason with which an RPC method rejected */
function describe(thrown) {
  const error = vaultError(thrown);
  const { name, message, code, retryAfter, tokens } = thrown;
  const raw = { name, message, code, retryAfter, tokens };
  if (!error) return { raw };
  const { stack: _stack, cause, ...members } = /** @type {any} */ (error);
  const own = error.tokens;
  return { raw, own, error: { ...members, name: error.name, message: error.message, cause: cause?.message } };
}

export default {
  /** @param {Request} request @param {any} env */
  async fetch(request, env) {
    const { name, method, values } = await request.json();
    const stub = env.VAULT.getByName(name);
    try {
      const value = await (ACTIONS[method]?.(stub, values, env) ?? stub[method](...values));
      return Response.json({ value });
    } catch (thrown) {
      return Response.json({ thrown: describe(thrown) });
    }
  },
};
