import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { checkTokenStore } from "../../../pkg/check-token-store.js";
import { memoryStore } from "../../../pkg/stores/memory.js";
import { keyedQueue } from "../../../pkg/stores/queue.js";
import { assertFails } from "./support/expect.mjs";

/** @typedef {import("../../../pkg/index.js").TokenStore} TokenStore */
/** @typedef {import("../../../pkg/index.js").GrantRecord} GrantRecord */

/** A correct store, so that each planted bug is the only one. @returns {Required<TokenStore>} */
function correctStore() {
  /** @type {Map<string, string>} */
  const records = new Map();
  const queue = keyedQueue();
  return {
    async load(key) {
      const json = records.get(key);
      return json === undefined ? undefined : JSON.parse(json);
    },
    async save(key, record, expectedVersion) {
      const json = records.get(key);
      if ((json === undefined ? undefined : JSON.parse(json).version) !== expectedVersion) return false;
      records.set(key, JSON.stringify(record));
      return true;
    },
    async delete(key) {
      records.delete(key);
    },
    lock: (key, run) => queue(key, run),
  };
}

/** @typedef {(inner: Required<TokenStore>) => Partial<Record<keyof TokenStore, unknown>>} Bug */

/** @param {(key: string) => string} rename @returns {Bug} */
const renaming = (rename) => (inner) => ({
  load: (/** @type {string} */ key) => inner.load(rename(key)),
  save: (/** @type {string} */ key, /** @type {GrantRecord} */ record, /** @type {number} */ expected) =>
    inner.save(rename(key), record, expected),
  delete: (/** @type {string} */ key) => inner.delete(rename(key)),
});

/** @param {(record: any) => any} change @returns {Bug} */
const changing = (change) => (inner) => ({
  save: (/** @type {string} */ key, /** @type {GrantRecord} */ record, /** @type {number} */ expected) =>
    inner.save(key, change(structuredClone(record)), expected),
});

/** The message that the suite must report for each. @type {Record<string, [Bug, RegExp]>} */
const bugs = {
  "null for unknown": [
    ({ load }) => ({ load: async (/** @type {string} */ key) => (await load(key)) ?? null }),
    /load of an unknown key/,
  ],
  "no result": [
    ({ save }) => ({ save: async (/** @type {Parameters<typeof save>} */ ...args) => void (await save(...args)) }),
    /save of a first record does not return true/,
  ],
  "overwrites on create": [
    (inner) => ({
      async save(
        /** @type {string} */ key,
        /** @type {GrantRecord} */ record,
        /** @type {number | undefined} */ expected,
      ) {
        return inner.save(key, record, expected ?? (await inner.load(key))?.version);
      },
    }),
    /save without expectedVersion replaces a record/,
  ],
  "creates with a version": [
    (inner) => ({
      async save(
        /** @type {string} */ key,
        /** @type {GrantRecord} */ record,
        /** @type {number | undefined} */ expected,
      ) {
        return inner.save(key, record, (await inner.load(key)) ? expected : undefined);
      },
    }),
    /does not return false if there is no record/,
  ],
  "never compares": [
    (inner) => ({
      async save(
        /** @type {string} */ key,
        /** @type {GrantRecord} */ record,
        /** @type {number | undefined} */ expected,
      ) {
        const current = await inner.load(key);
        return expected === undefined || !current
          ? inner.save(key, record, expected)
          : inner.save(key, record, current.version);
      },
    }),
    /save with an older version does not return false/,
  ],
  "accepts any later version": [
    (inner) => ({
      async save(
        /** @type {string} */ key,
        /** @type {GrantRecord} */ record,
        /** @type {number | undefined} */ expected,
      ) {
        const current = await inner.load(key);
        const later = expected !== undefined && current && expected > current.version;
        return inner.save(key, record, later ? current.version : expected);
      },
    }),
    /save with a later version does not return false/,
  ],
  "versions as float": [
    (inner) => ({
      async save(
        /** @type {string} */ key,
        /** @type {GrantRecord} */ record,
        /** @type {number | undefined} */ expected,
      ) {
        const current = await inner.load(key);
        const near = expected !== undefined && current && Math.fround(expected) === Math.fround(current.version);
        return inner.save(key, record, near ? current.version : expected);
      },
    }),
    /large versions are confused/,
  ],
  "deletes nothing": [() => ({ delete: async () => {} }), /a deleted record can be loaded/],
  "deletes everything": [
    () => {
      let store = correctStore();
      return {
        load: (/** @type {string} */ key) => store.load(key),
        save: (/** @type {Parameters<TokenStore["save"]>} */ ...args) => store.save(...args),
        delete: async () => {
          store = correctStore();
        },
      };
    },
    /delete of one key deleted another/,
  ],
  "stores the caller's object": [
    () => {
      /** @type {Map<string, GrantRecord>} */
      const records = new Map();
      return {
        load: async (/** @type {string} */ key) => structuredClone(records.get(key)),
        async save(
          /** @type {string} */ key,
          /** @type {GrantRecord} */ record,
          /** @type {number | undefined} */ expected,
        ) {
          if (records.get(key)?.version !== expected) return false;
          records.set(key, record);
          return true;
        },
        delete: async (/** @type {string} */ key) => void records.delete(key),
      };
    },
    /changing a record after save changes/,
  ],
  "returns its own object": [
    () => {
      /** @type {Map<string, GrantRecord>} */
      const records = new Map();
      return {
        load: async (/** @type {string} */ key) => records.get(key),
        async save(
          /** @type {string} */ key,
          /** @type {GrantRecord} */ record,
          /** @type {number | undefined} */ expected,
        ) {
          if (records.get(key)?.version !== expected) return false;
          records.set(key, structuredClone(record));
          return true;
        },
        delete: async (/** @type {string} */ key) => void records.delete(key),
      };
    },
    /changing a loaded record changes/,
  ],
  "marks the caller's record": [
    ({ save }) => ({
      save: (/** @type {string} */ key, /** @type {any} */ record, /** @type {number | undefined} */ expected) => {
        record.saved = true;
        return save(key, { ...record, saved: undefined }, expected);
      },
    }),
    /save changes the record that was passed/,
  ],
  "adds members": [changing((record) => ({ ...record, _id: 7 })), /changed the record/],
  "empty lists become objects, as Lua's cjson does": [
    changing((record) => (record.requests.length === 0 ? { ...record, requests: {} } : record)),
    /the member requests is not loaded as it was saved/,
  ],
  "numbers as 32-bit floats": [
    changing((record) => (record.numbers ? { ...record, numbers: record.numbers.map(Math.fround) } : record)),
    /the member numbers is not/,
  ],
  "columns for known members only": [
    changing(({ version, tokens, requests, refreshing_since, hold_until }) => ({
      version,
      tokens,
      requests,
      refreshing_since,
      hold_until,
    })),
    /the member later is not/,
  ],
  "texts of 255 characters": [
    changing((record) => ({
      ...record,
      tokens: JSON.parse(JSON.stringify(record.tokens), (_, value) => value?.slice?.(0, 255) ?? value),
    })),
    /the member tokens is not/,
  ],
  "keys in lower case": [renaming((key) => key.toLowerCase()), /"A" is taken for another key/],
  "keys normalized": [renaming((key) => key.normalize("NFC")), /"a\u0308" is taken for another key/],
  "keys trimmed": [renaming((key) => key.trim()), /is taken for another key/],
  "keys as paths": [
    renaming((key) => new URL(key.replaceAll("%", "%25"), "file:///store/x").pathname),
    /is taken for another key/,
  ],
  "keys truncated": [renaming((key) => key.slice(0, 200)), /is taken for another key/],
  "keys rejected": [
    ({ save }) => ({
      save: async (/** @type {Parameters<typeof save>} */ ...args) => args[0] !== "__proto__" && save(...args),
    }),
    /nothing can be saved under "__proto__"/,
  ],
  "compares, waits, writes": [
    (inner) => ({
      async save(
        /** @type {string} */ key,
        /** @type {GrantRecord} */ record,
        /** @type {number | undefined} */ expected,
      ) {
        const version = (await inner.load(key))?.version;
        if (version !== expected) return false;
        await turn();
        return inner.save(key, record, (await inner.load(key))?.version);
      },
    }),
    /of 16 saves at once with one expectedVersion, 16 returned true/,
  ],
  "returns false, and writes": [
    (inner) => ({
      async save(
        /** @type {string} */ key,
        /** @type {GrantRecord} */ record,
        /** @type {number | undefined} */ expected,
      ) {
        const saved = await inner.save(key, record, expected);
        if (!saved && record.version === expected) return false;
        if (!saved && (await inner.load(key))?.version === record.version)
          await inner.save(key, record, record.version);
        return saved;
      },
    }),
    /the record is not that of the save that returned true/,
  ],
  "a lock that excludes no other holder": [
    () => ({ lock: async (/** @type {string} */ _, /** @type {() => unknown} */ run) => run() }),
    /6 holders of one lock ran at the same time/,
  ],
  "a lock that drops the value": [
    ({ lock }) => ({ lock: async (/** @type {Parameters<typeof lock>} */ ...args) => void (await lock(...args)) }),
    /lock does not resolve to the value of run/,
  ],
  "a lock that wraps errors": [
    ({ lock }) => ({
      lock: (/** @type {Parameters<typeof lock>} */ ...args) =>
        lock(...args).catch((cause) => Promise.reject(new Error("locked", { cause }))),
    }),
    /does not reject with the error of run itself/,
  ],
  "a lock that swallows errors": [
    ({ lock }) => ({ lock: (/** @type {Parameters<typeof lock>} */ ...args) => lock(...args).catch(() => {}) }),
    /does not reject with the error of run itself/,
  ],
  "a lock that is kept when run rejects": [
    () => {
      /** @type {Promise<unknown>} */
      let tail = Promise.resolve();
      return {
        lock: (/** @type {string} */ _, /** @type {() => Promise<unknown>} */ run) => {
          const mine = tail.then(run);
          tail = mine.catch(() => new Promise(() => {}));
          return mine;
        },
      };
    },
    /a lock is still held after run rejected/,
  ],
  "a lock that never runs": [() => ({ lock: () => new Promise(() => {}) }), /lock never calls run, or never ends/],
  "one lock for saves and runs": [
    (inner) => ({
      save: (/** @type {Parameters<TokenStore["save"]>} */ ...args) => inner.lock(args[0], () => inner.save(...args)),
    }),
    /a lock blocks load or save of its key/,
  ],
  "one lock for all keys": [
    (inner) => ({
      lock: (/** @type {string} */ _, /** @type {() => Promise<unknown>} */ run) => inner.lock("all", run),
    }),
    /or the lock of another/,
  ],
  "an error of the store": [
    () => ({ load: () => Promise.reject(new TypeError("no database")) }),
    /threw an error in unknownIsUndefined \(no database\): see `cause`, and correct it$/,
  ],
};

/** Acts after enough turns of the event loop for all work that is not stuck. @type {import("../../../pkg/check-token-store.js").After} */
const after = (_, act) => {
  let left = 2000;
  const tick = () => {
    left -= 1;
    if (left === 0) act();
    if (left > 0) setImmediate(tick);
  };
  setImmediate(tick);
  return () => {
    left = 0;
  };
};

test("a correct store passes, with and without a lock, shared or not", async () => {
  await checkTokenStore(correctStore, { after });
  const { lock: _, ...withoutLock } = correctStore();
  await checkTokenStore(() => withoutLock, { after });
  await checkTokenStore(async () => memoryStore());
});

for (const [name, [bug, message]] of Object.entries(bugs)) {
  test(`finds: ${name}`, async () => {
    const store = correctStore();
    const broken = /** @type {TokenStore} */ ({ ...store, ...bug(store) });
    await assertFails(
      checkTokenStore(() => broken, { after }),
      "store",
      message,
    );
  });
}

test("two stores that share their records are checked against each other", async () => {
  const shared = correctStore();
  /** Each store has its own locks over shared records. @returns {TokenStore} */
  const withOwnLocks = () => ({ ...shared, lock: correctStore().lock });
  await assertFails(checkTokenStore(withOwnLocks, { after }), "store", /2 holders of one lock/);
});

test("existing records stay, and the suite leaves no records", async () => {
  /** @type {Map<string, string>} */
  const records = new Map();
  const store = memoryStore();
  /** @type {TokenStore} */
  const observed = {
    load: (key) => store.load(key),
    save: async (key, record, expected) => {
      const saved = await store.save(key, record, expected);
      if (saved) records.set(key, "");
      return saved;
    },
    delete: async (key) => {
      records.delete(key);
      await store.delete(key);
    },
  };
  await checkTokenStore(() => observed, { after });
  assert.deepEqual([...records.keys()], []);
  await store.save(
    "default",
    { version: 1, tokens: { access_token: "a", token_type: "Bearer" }, requests: [] },
    undefined,
  );
  await assertFails(
    checkTokenStore(() => observed, { after }),
    "store",
    /"default" is taken.*, and test an empty store$/,
  );
  assert.equal((await store.load("default"))?.version, 1);
  assert.deepEqual([...records.keys()], []);
});
