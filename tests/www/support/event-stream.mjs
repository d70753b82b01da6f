/** So many heartbeats without what is waited for: it will not come. */
const IN_VAIN = 2;

/**
 * Server-Sent Events as they come (HTML 9.2.6).
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

  /** Reads on; false when the stream has ended. */
  async function more() {
    if (heartbeats === IN_VAIN) throw new Error(`this is waited for in vain; what came is: ${text}`);
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
    /** All that came, as it came. */
    text: () => text,
    /** Reads until an event is one of these. @param {(event: any) => boolean} is */
    async until(is) {
      heartbeats = 0;
      for (let seen = 0; ; ) {
        const found = events.slice(seen).find(is);
        if (found) return found;
        seen = events.length;
        if (!(await more())) throw new Error(`the stream ended: ${text}`);
      }
    },
    /** Reads to the end. */
    async end() {
      heartbeats = 0;
      while (await more());
      return events;
    },
    close: () => reader.cancel(),
  };
}
