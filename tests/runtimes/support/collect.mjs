import { Console } from "node:console";
import { Writable } from "node:stream";

/** A stream that collects what is written to it. */
export function collector() {
  /** @type {Buffer[]} */
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, console: new Console(stream), text: () => Buffer.concat(chunks).toString() };
}
