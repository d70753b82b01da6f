// Stores the records and the progress of the sync in SQLite.

import Database from "libsql";

/**
 * The progress of a module. A pass reads all of its pages once.
 *
 * @typedef {object} State
 * @property {string | null | undefined} [since] when the last complete pass started
 * @property {string | null | undefined} [began] when the current pass started
 * @property {string | null | undefined} [page_token] the next page of the current pass
 */

/**
 * @param {string} path
 * @param {Record<string, string[]>} modules the columns of each table
 */
export function openDatabase(path, modules) {
  const db = new Database(path);
  for (const [module, fields] of Object.entries(modules)) {
    db.exec(`CREATE TABLE IF NOT EXISTS ${module} (id TEXT PRIMARY KEY, ${fields.join(", ")})`);
  }
  db.exec("CREATE TABLE IF NOT EXISTS sync (module TEXT PRIMARY KEY, since TEXT, began TEXT, page_token TEXT)");
  const saveState = db.prepare("INSERT OR REPLACE INTO sync VALUES (?, ?, ?, ?)");

  /** Changes rows and state in one transaction. @param {string} module @param {State} state @param {() => void} change */
  function commit(module, { since, began, page_token }, change) {
    db.transaction(() => {
      change();
      saveState.run(module, since ?? null, began ?? null, page_token ?? null);
    })();
  }

  return {
    /** @param {string} module @returns {State} */
    state(module) {
      return db.prepare("SELECT since, began, page_token FROM sync WHERE module = ?").get(module) ?? {};
    },

    /** @param {string} module @param {Record<string, unknown>[]} records @param {State} state */
    write(module, records, state) {
      const columns = ["id", ...(modules[module] ?? [])];
      const parameters = columns.map(() => "?");
      const upsert = db.prepare(`INSERT OR REPLACE INTO ${module} (${columns}) VALUES (${parameters})`);
      commit(module, state, () => {
        for (const record of records) upsert.run(...columns.map((name) => column(record[name])));
      });
    },

    /** Returns how many of them were in the database. @param {string} module @param {string[]} ids @param {State} state */
    remove(module, ids, state) {
      const remove = db.prepare(`DELETE FROM ${module} WHERE id = ?`);
      let count = 0;
      commit(module, state, () => {
        for (const id of ids) count += remove.run(id).changes;
      });
      return count;
    },

    /** @param {string} module @returns {number} */
    count(module) {
      return /** @type {any} */ (db.prepare(`SELECT count(*) AS rows FROM ${module}`).get()).rows;
    },
  };
}

/** SQLite has no booleans and no objects. @param {unknown} [value] */
function column(value = null) {
  if (typeof value === "boolean") return Number(value);
  return typeof value === "object" && value ? JSON.stringify(value) : value;
}
