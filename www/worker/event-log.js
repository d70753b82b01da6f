// The latest events of a vault, in its storage, and the streams of browsers that watch (Server-Sent Events).

/** @typedef {import("./request-events.js").Event} Event */
/** @typedef {Event & { id: number }} KeptEvent */

/**
 * The part of a Durable Object's storage that is used.
 *
 * @typedef {object} Sql
 * @property {(query: string, ...values: unknown[]) => { toArray: () => any[] }} exec
 */

const MOST_EVENTS = 200;
const MOST_STREAMS = 10;
/** Without a line now and then, what is between closes the connection, and nobody notices that a browser has gone. */
const HEARTBEAT_MS = 20_000;
/** A browser that takes this many messages less than there are is cut off; it comes back and resumes. */
const MOST_WAITING = 2 * MOST_EVENTS;

const utf8 = new TextEncoder();

/** @param {Sql} sql */
export function eventLog(sql) {
  /** @type {Set<ReadableStreamDefaultController<Uint8Array>>} */
  const streams = new Set();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let heartbeat;

  /** @param {ReadableStreamDefaultController<Uint8Array>} stream */
  const drop = (stream) => {
    streams.delete(stream);
    if (streams.size === 0) clearInterval(heartbeat);
  };

  /** @param {ReadableStreamDefaultController<Uint8Array>} stream */
  const end = (stream) => {
    drop(stream);
    try {
      stream.close();
    } catch {
      // Its browser has closed it.
    }
  };

  /** @param {string} text */
  const send = (text) => {
    const bytes = utf8.encode(text);
    for (const stream of streams) {
      if (stream.desiredSize === null || stream.desiredSize < -MOST_WAITING) end(stream);
      else stream.enqueue(bytes);
    }
  };

  // At each use, since the storage may have been emptied meanwhile.
  const table = () => sql.exec("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, event TEXT NOT NULL)");
  const isThere = () => sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'events'").toArray().length > 0;

  /** Those after an id, the earliest first. @param {number} [id] @returns {KeptEvent[]} */
  const since = (id = 0) => {
    const rows = isThere() ? sql.exec("SELECT id, event FROM events WHERE id > ? ORDER BY id", id).toArray() : [];
    return rows.map(({ id, event }) => ({ id, ...JSON.parse(event) }));
  };

  return {
    since,

    /** The id of the latest. */
    last: () => since().at(-1)?.id ?? 0,

    /** @param {Event[]} events */
    add(events) {
      if (events.length === 0) return;
      table();
      const added = events.map((event) => {
        const [row] = sql.exec("INSERT INTO events (event) VALUES (?) RETURNING id", JSON.stringify(event)).toArray();
        return { id: row.id, ...event };
      });
      sql.exec("DELETE FROM events WHERE id <= (SELECT MAX(id) FROM events) - ?", MOST_EVENTS);
      send(added.map(message).join(""));
    },

    /** Those of an earlier vault, under the ids that they have. @param {KeptEvent[]} events */
    restore(events) {
      table();
      for (const { id, ...event } of events) {
        sql.exec("INSERT OR IGNORE INTO events (id, event) VALUES (?, ?)", id, JSON.stringify(event));
      }
    },

    /** A stream of the events after an id, and of each that comes. @param {number} after */
    stream(after) {
      const kept = since();
      // An id that is not known is of another vault: that browser has seen nothing of this one.
      const missed = kept.some(({ id }) => id === after) ? kept.filter(({ id }) => id > after) : kept;
      /** @type {ReadableStreamDefaultController<Uint8Array>} */
      let own;
      const body = new ReadableStream({
        start(controller) {
          own = controller;
          for (const oldest of [...streams].slice(0, Math.max(0, streams.size + 1 - MOST_STREAMS))) end(oldest);
          if (streams.size === 0) heartbeat = setInterval(() => send(":\n\n"), HEARTBEAT_MS);
          streams.add(controller);
          controller.enqueue(utf8.encode(`retry: 500\n\n${missed.map(message).join("")}`));
        },
        cancel: () => drop(own),
      });
      return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
    },

    /** How many watch. */
    watchers: () => streams.size,

    /** Ends all streams. Browsers come back, with the cookie that they have by then. */
    close() {
      for (const stream of streams) end(stream);
    },
  };
}

/** @param {KeptEvent} event */
function message(event) {
  return `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
}
