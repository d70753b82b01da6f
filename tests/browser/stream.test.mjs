// Which events the page takes for new. No browser is needed.

import assert from "node:assert/strict";
import test from "node:test";
import { eventsUntil, mark, openStream, since } from "../../www/page/watch/stream.js";

/** The stream that was opened last. @type {EventTarget} */
let source;

class Source extends EventTarget {
  constructor() {
    super();
    source = this;
  }

  close() {}
}

Object.assign(globalThis, { EventSource: Source });

/** @param {{ id: number, at: number, path?: string }[]} events */
function send(...events) {
  for (const event of events) {
    source.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(event) }));
  }
}

const ids = (/** @type {{ id: number }[]} */ events) => events.map(({ id }) => id);

test("what comes after a mark is told by its arrival, since a server that was started anew counts from 1", async () => {
  openStream(() => {});
  send({ id: 8, at: 1 }, { id: 9, at: 2 });
  const begun = mark();
  assert.deepEqual(since(begun), []);
  const until = eventsUntil(begun, ({ path }) => path === "/end");
  openStream(() => {});
  send({ id: 1, at: 3, path: "/new" }, { id: 2, at: 4, path: "/end" }, { id: 3, at: 5 });
  assert.deepEqual(ids(await until), [1, 2]);
  assert.deepEqual(ids(await eventsUntil(begun, ({ path }) => path === "/new")), [1, 2, 3], "it is there already");
  assert.deepEqual(ids(since(0)), [8, 9, 1, 2, 3]);
});

test("what is kept comes again with each stream, and is known", () => {
  const begun = mark();
  openStream(() => {});
  send({ id: 1, at: 3 }, { id: 2, at: 4 }, { id: 4, at: 6 });
  assert.deepEqual(ids(since(begun)), [4]);
});

test("the oldest of more than 500 give way", () => {
  const begun = mark();
  send(...Array.from({ length: 600 }, (_, index) => ({ id: 1000 + index, at: 7 })));
  assert.deepEqual(
    ids(since(begun)),
    Array.from({ length: 500 }, (_, index) => 1100 + index),
  );
  assert.deepEqual(ids(since(mark() - 2)), [1598, 1599]);
});
