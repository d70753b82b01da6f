import { demand, record, same, sharing } from "./trial.js";

/** @typedef {import("./trial.js").Check} Check */
/** @typedef {import("./trial.js").TokenStore} TokenStore */

const WRITERS = 16;
const CHANGES = 8;
const HOLDERS = 6;

/** @param {import("./trial.js").Trial} trial @returns {Promise<(turn: number) => TokenStore>} */
async function alternating(trial) {
  const second = (await sharing(trial)) ? trial.other : trial.store;
  return (turn) => (turn % 2 === 0 ? trial.store : second);
}

/** @type {Check} */
async function oneOfManyWins(trial) {
  const { store, key } = trial;
  const remedy =
    "make the comparison and the write one atomic step, such as a transaction, a script or a conditional statement";
  const storeOf = await alternating(trial);
  for (const expected of [undefined, 1]) {
    const records = Array.from({ length: WRITERS }, (_, writer) => record((expected ?? 0) + 1, `${writer}`));
    const results = await Promise.all(records.map((each, writer) => storeOf(writer).save(key(), each, expected)));
    const winners = records.filter((_, writer) => results[writer]);
    demand(
      winners.length === 1,
      `of ${WRITERS} saves at once with one expectedVersion, ${winners.length} returned true`,
      remedy,
    );
    demand(same(await store.load(key()), winners[0]), "the record is not that of the save that returned true", remedy);
  }
  const changes = Array.from({ length: CHANGES }, (_, turn) => append(storeOf(turn), key("list"), turn));
  await Promise.all(changes);
  const left = (await store.load(key("list")))?.requests.length;
  demand(left === CHANGES, `of ${CHANGES} changes that were each saved by compare-and-set, ${left} are left`, remedy);
}

/** @param {TokenStore} store @param {string} key @param {number} item */
async function append(store, key, item) {
  for (let saved = false; !saved; ) {
    const before = await store.load(key);
    const next = { ...record((before?.version ?? 0) + 1), requests: [...(before?.requests ?? []), item] };
    saved = await store.save(key, next, before?.version);
  }
}

/** @type {Check} */
async function lockRunsAndEnds({ store, key, inTime }) {
  if (!store.lock) return;
  const stuck = "release a lock in a finally block, and let it expire for holders that died";
  const value = await inTime(
    store.lock(key(), async () => "value"),
    "lock never calls run, or never ends",
    stuck,
  );
  demand(value === "value", "lock does not resolve to the value of run", "return the value of run");
  const failure = new Error("thrown by run");
  const thrown = await inTime(
    store.lock(key(), () => Promise.reject(failure)).catch((/** @type {unknown} */ error) => error),
    "lock never ends when run rejects",
    stuck,
  );
  demand(thrown === failure, "lock does not reject with the error of run itself", "pass the error on unwrapped");
  await inTime(
    store.lock(key(), async () => {}),
    "a lock is still held after run rejected",
    stuck,
  );
}

/** @type {Check} */
async function lockLetsOthersWork({ store, key, inTime }) {
  if (!store.lock) return;
  await inTime(
    store.lock(key(), async () => {
      const saved = await store.save(key(), record(1), undefined);
      demand(
        saved && same(await store.load(key()), record(1)),
        "nothing can be saved under a locked key",
        "let the holder of a lock save",
      );
      await store.lock?.(key("another"), async () => {});
    }),
    "a lock blocks load or save of its key, or the lock of another key",
    "let a lock block only the lock of the same key",
  );
}

/** @type {Check} */
async function lockExcludes(trial) {
  const { store, key, inTime } = trial;
  if (!store.lock) return;
  const storeOf = await alternating(trial);
  let inside = 0;
  let most = 0;
  const runs = Array.from({ length: HOLDERS }, (_, turn) =>
    storeOf(turn).lock?.(key(), async () => {
      inside += 1;
      most = Math.max(most, inside);
      for (let wait = 0; wait < 3; wait += 1) await store.load(key());
      inside -= 1;
    }),
  );
  await inTime(Promise.all(runs), "not all callers that wait for a lock get it", "wake them, or let them try again");
  demand(
    most === 1,
    `${most} holders of one lock ran at the same time`,
    "start a run only after the one before has ended",
  );
}

/** The contract of a store for concurrent calls. */
export const concurrencyChecks = [oneOfManyWins, lockRunsAndEnds, lockLetsOthersWork, lockExcludes];
