// A Worker whose Durable Objects store records of grants, one class for each kind of storage.
import { checkTokenStore } from "../../../../pkg/check-token-store.js";
import { sealer } from "../../../../pkg/sealer.js";
import { durableObjectStore } from "../../../../pkg/stores/durable-object.js";
import { memoryStore } from "../../../../pkg/stores/memory.js";
import { sealedStore } from "../../../../pkg/stores/sealed.js";

/** @type {Record<string, (storage: any, body: any) => Promise<unknown>>} */
const ACTIONS = {
  suite: async (storage) => {
    await checkTokenStore(() => durableObjectStore(storage));
    return [...(await storage.list()).keys()];
  },
  "sealed suite": async (storage, key) => {
    await checkTokenStore(() => sealedStore(durableObjectStore(storage), sealer(key)));
    await checkTokenStore(() => sealedStore(memoryStore(), sealer(key)));
    return [...(await storage.list()).keys()];
  },
  save: (storage, { key, record, expected }) => durableObjectStore(storage).save(key, record, expected),
  load: (storage, key) => durableObjectStore(storage).load(key),
  raw: (storage, key) => storage.get(key),
  put: (storage, { key, value }) => storage.put(key, value),
  increment: async (storage, key) => {
    const store = durableObjectStore(storage);
    for (;;) {
      const before = await store.load(key);
      const record = {
        version: (before?.version ?? 0) + 1,
        tokens: { access_token: "a", token_type: "Bearer" },
        requests: [],
      };
      if (await store.save(key, record, before?.version)) return record.version;
    }
  },
};

class RecordObject {
  /** @param {{ storage: any }} ctx */
  constructor(ctx) {
    this.storage = ctx.storage;
  }

  /** @param {Request} request */
  async fetch(request) {
    const { action, body } = await request.json();
    try {
      return Response.json({ value: await ACTIONS[action]?.(this.storage, body) });
    } catch (error) {
      const { name, code, message, cause } = /** @type {any} */ (error);
      return Response.json({ error: { name, code, message, cause: cause && String(cause) } });
    }
  }
}

export class InSqlite extends RecordObject {}
export class InKv extends RecordObject {}

export default {
  /** @param {Request} request @param {Record<string, any>} env */
  fetch(request, env) {
    const namespace = env[new URL(request.url).pathname.slice(1)];
    return namespace.get(namespace.idFromName("grant")).fetch(request);
  },
};
