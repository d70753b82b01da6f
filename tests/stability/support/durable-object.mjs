// What Workers provide for a Durable Object, in memory, so that a vault runs in Node: the module cloudflare:workers and a
// storage. It has to be imported before the module that needs it.

import { register } from "node:module";
import Database from "libsql";

const WORKERS = `export class DurableObject {
  constructor(ctx, env) {
    this.ctx = ctx;
    this.env = env;
  }
}`;
const HOOK = `export function resolve(specifier, context, next) {
  if (specifier !== "cloudflare:workers") return next(specifier, context);
  return { url: ${JSON.stringify(`data:text/javascript,${encodeURIComponent(WORKERS)}`)}, shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(HOOK)}`);

/** @typedef {{ entries: Record<string, unknown>, alarm: number | null, events?: any[] }} Stored */

/**
 * The `ctx` of an object over what is stored.
 *
 * @param {Stored} [stored]
 */
export function durableObject({ entries, alarm, events } = { entries: {}, alarm: null }) {
  const entriesByName = new Map(Object.entries(structuredClone(entries)));
  const database = new Database(":memory:");
  let rings = alarm;

  const sql = {
    /** @param {string} query @param {unknown[]} values */
    exec(query, ...values) {
      const statement = database.prepare(query);
      if (!/^SELECT|RETURNING/.test(query)) return { toArray: () => [], ran: statement.run(...values) };
      const rows = statement.all(...values);
      return { toArray: () => rows };
    },
  };
  if (events) {
    sql.exec("CREATE TABLE events (id INTEGER PRIMARY KEY, event TEXT NOT NULL)");
    for (const { id, event } of events) sql.exec("INSERT INTO events (id, event) VALUES (?, ?)", id, event);
  }

  const sync = {
    get: (/** @type {string} */ name) => structuredClone(entriesByName.get(name)),
    put: (/** @type {string} */ name, /** @type {unknown} */ value) =>
      void entriesByName.set(name, structuredClone(value)),
    delete: (/** @type {string} */ name) => entriesByName.delete(name),
  };
  const storage = {
    kv: sync,
    sql,
    get: async (/** @type {string} */ name) => sync.get(name),
    put: async (/** @type {string} */ name, /** @type {unknown} */ value) => sync.put(name, value),
    delete: async (/** @type {string} */ name) => sync.delete(name),
    list: async () => new Map(entriesByName),
    /** @param {(transaction: unknown) => Promise<unknown>} run */
    transaction: (run) => run(storage),
    getAlarm: async () => rings,
    setAlarm: async (/** @type {number} */ at) => {
      rings = at;
    },
    deleteAlarm: async () => {
      rings = null;
    },
    deleteAll: async () => {
      entriesByName.clear();
      sql.exec("DROP TABLE IF EXISTS events");
    },
  };
  const isThere = () => sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'events'").toArray().length > 0;
  return {
    ctx: { storage },
    /** What is stored now. @returns {Stored} */
    stored: () => ({
      entries: Object.fromEntries(structuredClone(entriesByName)),
      alarm: rings,
      ...(isThere() && { events: sql.exec("SELECT id, event FROM events ORDER BY id").toArray() }),
    }),
  };
}
