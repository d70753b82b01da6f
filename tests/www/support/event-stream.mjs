/** The expected event will not arrive if this many heartbeats arrive first. */
const MAX_HEARTBEATS = 2;

/**
 * Reads Server-Sent Events (HTML 9.2.6).
 *
 * @param {Response} response
 */
export function eventStream(response) {
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
  const utf8 = new TextDecoder();
  let text = "";
  let read = 0;
  /** @type {any[]} */
  const events = [];
  /** @type {string[]} */
  const ids = [];

  let heartbeats = 0;

  /** Reads the next chunk. Returns false at the end of the stream. */
  async function readChunk() {
    if (heartbeats === MAX_HEARTBEATS) throw new Error(`the expected event did not arrive, only this: ${text}`);
    const { done, value } = await reader.read();
    text += utf8.decode(value, { stream: !done });
    for (let end = text.indexOf("\n\n", read); end !== -1; end = text.indexOf("\n\n", read)) {
      const fields = text.slice(read, end).split("\n");
      read = end + 2;
      if (fields[0] === ":") heartbeats += 1;
      const data = fields.find((field) => field.startsWith("data: "));
      if (data) events.push(JSON.parse(data.slice(6)));
      const id = fields.find((field) => field.startsWith("id: "));
      if (id) ids.push(id.slice(4));
    }
    return !done;
  }

  return {
    response,
    events,
    ids,
    /** Everything that was received. */
    text: () => text,
    /** Reads until an event matches. @param {(event: any) => boolean} matches */
    async until(matches) {
      heartbeats = 0;
      for (let seen = 0; ; ) {
        const found = events.slice(seen).find(matches);
        if (found) return found;
        seen = events.length;
        if (!(await readChunk())) throw new Error(`the stream ended without the expected event: ${text}`);
      }
    },
    /** Reads to the end of the stream. */
    async end() {
      heartbeats = 0;
      while (await readChunk());
      return events;
    },
    close: () => reader.cancel(),
  };
}
