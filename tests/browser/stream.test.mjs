// How the page receives events. These tests need no browser.

import assert from "node:assert/strict";
import test from "node:test";
import { eventsUntil, mark, openStream, since } from "../../www/page/watch/stream.js";

/** The last stream that was opened. @type {EventTarget} */
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

test("marks follow the order of arrival, because a new server counts from 1 again", async () => {
  openStream(() => {});
  send({ id: 8, at: 1 }, { id: 9, at: 2 });
  const start = mark();
  assert.deepEqual(since(start), []);
  const until = eventsUntil(start, ({ path }) => path === "/end");
  openStream(() => {});
  send({ id: 1, at: 3, path: "/new" }, { id: 2, at: 4, path: "/end" }, { id: 3, at: 5 });
  assert.deepEqual(ids(await until), [1, 2]);
  assert.deepEqual(
    ids(await eventsUntil(start, ({ path }) => path === "/new")),
    [1, 2, 3],
    "an event that has arrived before matches too",
  );
  assert.deepEqual(ids(since(0)), [8, 9, 1, 2, 3]);
});

test("a stream repeats the stored events, and the page ignores them", () => {
  const start = mark();
  openStream(() => {});
  send({ id: 1, at: 3 }, { id: 2, at: 4 }, { id: 4, at: 6 });
  assert.deepEqual(ids(since(start)), [4]);
});

test("only the latest 500 events are stored", () => {
  const start = mark();
  send(...Array.from({ length: 600 }, (_, index) => ({ id: 1000 + index, at: 7 })));
  assert.deepEqual(
    ids(since(start)),
    Array.from({ length: 500 }, (_, index) => 1100 + index),
  );
  assert.deepEqual(ids(since(mark() - 2)), [1598, 1599]);
});
