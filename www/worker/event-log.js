// The latest events of a vault, stored in SQLite, and the Server-Sent Events streams that deliver them.

/** @typedef {import("./request-events.js").Event} Event */
/** @typedef {Event & { id: number }} StoredEvent */

/**
 * The part of a Durable Object's SQL storage that this module uses.
 *
 * @typedef {object} Sql
 * @property {(query: string, ...values: unknown[]) => { toArray: () => any[] }} exec
 */

const MAX_EVENTS = 200;
const MAX_STREAMS = 10;
/** Proxies close an idle connection. A regular line prevents that, and reveals that a browser has disconnected. */
const HEARTBEAT_MS = 20_000;
/** The stream of a browser that has not read this many messages is closed. The browser reconnects and resumes. */
const MAX_UNREAD = 2 * MAX_EVENTS;

const utf8 = new TextEncoder();

/** @param {Sql} sql */
export function eventLog(sql) {
  /** @type {Set<ReadableStreamDefaultController<Uint8Array>>} */
  const streams = new Set();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let heartbeat;

  /** @param {ReadableStreamDefaultController<Uint8Array>} stream */
  const remove = (stream) => {
    streams.delete(stream);
    if (streams.size === 0) clearInterval(heartbeat);
  };

  /** @param {ReadableStreamDefaultController<Uint8Array>} stream */
  const close = (stream) => {
    remove(stream);
    try {
      stream.close();
    } catch {
      // The browser has closed it already.
    }
  };

  /** @param {string} text */
  const send = (text) => {
    const bytes = utf8.encode(text);
    for (const stream of streams) {
      if (stream.desiredSize === null || stream.desiredSize < -MAX_UNREAD) close(stream);
      else stream.enqueue(bytes);
    }
  };

  // Runs before each write, because deleteAll() may have removed the table.
  const createTable = () => sql.exec("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, event TEXT NOT NULL)");
  const hasTable = () => sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'events'").toArray().length > 0;

  /** The events after an id, oldest first. @param {number} [id] @returns {StoredEvent[]} */
  const since = (id = 0) => {
    const rows = hasTable() ? sql.exec("SELECT id, event FROM events WHERE id > ? ORDER BY id", id).toArray() : [];
    return rows.map(({ id, event }) => ({ id, ...JSON.parse(event) }));
  };

  return {
    since,

    /** @param {Event[]} events */
    add(events) {
      if (events.length === 0) return;
      createTable();
      const added = events.map((event) => {
        const [row] = sql.exec("INSERT INTO events (event) VALUES (?) RETURNING id", JSON.stringify(event)).toArray();
        return { id: row.id, ...event };
      });
      sql.exec("DELETE FROM events WHERE id <= (SELECT MAX(id) FROM events) - ?", MAX_EVENTS);
      send(added.map(message).join(""));
    },

    /** Adds the events of another vault under their own ids. @param {StoredEvent[]} events */
    import(events) {
      createTable();
      for (const { id, ...event } of events) {
        sql.exec("INSERT OR IGNORE INTO events (id, event) VALUES (?, ?)", id, JSON.stringify(event));
      }
    },

    /** A stream of the stored events after an id, then of every new event. @param {number} after */
    stream(after) {
      const stored = since();
      // An unknown id belongs to another vault, so the browser has none of these events.
      const missed = stored.some(({ id }) => id === after) ? stored.filter(({ id }) => id > after) : stored;
      /** @type {ReadableStreamDefaultController<Uint8Array>} */
      let stream;
      const body = new ReadableStream({
        start(controller) {
          stream = controller;
          for (const oldest of [...streams].slice(0, Math.max(0, streams.size + 1 - MAX_STREAMS))) close(oldest);
          if (streams.size === 0) heartbeat = setInterval(() => send(":\n\n"), HEARTBEAT_MS);
          streams.add(controller);
          controller.enqueue(utf8.encode(`retry: 500\n\n${missed.map(message).join("")}`));
        },
        cancel: () => remove(stream),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
    },

    streamCount: () => streams.size,

    /** Closes all streams. Browsers reconnect with their current cookie. */
    closeStreams() {
      for (const stream of streams) close(stream);
    },
  };
}

/** @param {StoredEvent} event */
function message(event) {
  return `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
}
