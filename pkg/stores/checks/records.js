import { demand, record, same } from "./trial.js";

/** @typedef {import("./trial.js").Check} Check */

/** @type {Check} */
async function unknownIsUndefined({ store, key }) {
  demand(
    (await store.load(key())) === undefined,
    "load of an unknown key is not undefined",
    "return undefined, not null",
  );
  await store.delete(key());
}

/** @type {Check} */
async function createsOnlyWhenAbsent({ store, key }) {
  const remedy = "with expectedVersion undefined, insert only if there is no record, in one atomic step";
  demand(
    (await store.save(key(), record(1, "first"), undefined)) === true,
    "save of a first record does not return true",
    remedy,
  );
  demand(
    (await store.save(key(), record(2, "second"), undefined)) === false,
    "save without expectedVersion replaces a record",
    remedy,
  );
  demand(same(await store.load(key()), record(1, "first")), "a save that returned false changed the record", remedy);
  const absent = await store.save(key("absent"), record(2), 1);
  demand(
    absent === false,
    "save with an expectedVersion does not return false if there is no record",
    "return false then",
  );
  demand(
    (await store.load(key("absent"))) === undefined,
    "a save that returned false left a record",
    "write nothing then",
  );
}

/** @type {Check} */
async function comparesVersions({ store, key }) {
  const remedy = "compare the stored record's version with expectedVersion, and write, in one atomic step";
  await store.save(key(), record(1), undefined);
  demand((await store.save(key(), record(2), 1)) === true, "save with the stored version does not return true", remedy);
  demand(
    (await store.save(key(), record(3, "stale"), 1)) === false,
    "save with an older version does not return false",
    remedy,
  );
  demand(
    (await store.save(key(), record(4, "early"), 3)) === false,
    "save with a later version does not return false",
    remedy,
  );
  demand(
    same(await store.load(key()), record(2)),
    "load does not return what the latest successful save wrote",
    remedy,
  );
  const large = Number.MAX_SAFE_INTEGER - 1;
  demand((await store.save(key(), record(large), 2)) === true, "save of a large version does not return true", remedy);
  const beside = await store.save(key(), record(large + 1), large - 1);
  demand(
    beside === false,
    "large versions are confused with the next integer",
    "store versions as 64-bit integers or as text",
  );
}

/** @type {Check} */
async function deletes({ store, key }) {
  await store.save(key(), record(1), undefined);
  await store.save(key("other"), record(1, "other"), undefined);
  await store.delete(key());
  demand((await store.load(key())) === undefined, "a deleted record can be loaded", "remove it before delete resolves");
  demand(
    same(await store.load(key("other")), record(1, "other")),
    "delete of one key deleted another",
    "delete only that key",
  );
  demand(
    (await store.save(key(), record(2), 1)) === false,
    "save brings a deleted record back",
    "return false, since the record is gone",
  );
  demand(
    (await store.save(key(), record(1), undefined)) === true,
    "a deleted key cannot be used again",
    "let a record be created under it",
  );
}

/** @type {Check} */
async function storesCopies({ store, key }) {
  const remedy = "store and return copies, for example by JSON";
  const saved = record(1);
  await store.save(key(), saved, undefined);
  demand(same(saved, record(1)), "save changes the record that was passed", remedy);
  change(saved);
  demand(same(await store.load(key()), record(1)), "changing a record after save changes what is stored", remedy);
  change(await store.load(key()));
  demand(same(await store.load(key()), record(1)), "changing a loaded record changes what is stored", remedy);
}

/** @param {import("./trial.js").GrantRecord | undefined} loaded */
function change(loaded) {
  if (!loaded) return;
  try {
    loaded.requests.push(1);
    loaded.tokens.access_token = "changed";
    loaded.version = 99;
  } catch {
    // A frozen record is correct too.
  }
}

/** @type {Check} */
async function storesAllMembers({ store, key }) {
  const rich = {
    ...record(1),
    requests: [],
    refreshing_since: 1_900_000_001,
    hold_until: 1_900_000_060,
    later: { deep: [{ list: [], object: {}, nothing: null, yes: true }], text: "" },
    numbers: [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0.1 + 0.2, 1e21, 1e-9, -1, 0],
  };
  rich.tokens.id_token = "x".repeat(32_768);
  rich.tokens.name = 'Zo\u00eb \u{1f511} \u2028 \u202e "\\';
  rich.tokens["odd name \u{1f511}"] = "other";
  await store.save(key(), rich, undefined);
  const loaded = /** @type {Record<string, unknown>} */ ({ ...(await store.load(key())) });
  for (const [name, value] of Object.entries(rich)) {
    demand(
      same(loaded[name], value),
      `the member ${name} is not loaded as it was saved`,
      "store the record as one JSON text",
    );
  }
  demand(same(loaded, rich), "load adds members to a record", "return only the record");
}

// Different keys, of which a file system, a URL, a collation or a plain object takes some for the same.
const ODD = [
  ..."a A \u00e4 a\u0308 \u00c4 a/b a%2Fb ../a ../../a . .. / \\ a\\b a:b a.b a,b a* * % %00 ' \" { } {a} a} ; -- $ &".split(
    " ",
  ),
  ..."__proto__ constructor toString default undefined null 0 00 1 01 -1 1e0 \u043a\u043b\u044e\u0447 \u9375 \u{1f511}".split(
    " ",
  ),
  ..." |a |\ta|a\n|a b|a  b|user@example.com".split("|"),
  `${"k".repeat(200)}1`,
  `${"k".repeat(200)}2`,
];

/** @type {Check} */
async function separatesKeys({ store, key, use }) {
  const remedy = "escape or hash keys so that different ones stay different, byte for byte";
  // As whole keys, since some are special only then, and as parts of longer keys.
  const keys = [...ODD, ...ODD.map((odd) => key(odd))];
  for (const odd of keys) {
    const before = await store.load(odd);
    demand(
      before === undefined,
      `${JSON.stringify(odd)} is taken for another key, or was in the store before`,
      `${remedy}, and test an empty store`,
    );
    const made = await store.save(use(odd), record(1, odd), undefined);
    demand(made === true, `nothing can be saved under ${JSON.stringify(odd)}`, remedy);
  }
  for (const odd of keys) {
    demand(same(await store.load(odd), record(1, odd)), `${JSON.stringify(odd)} has the record of another key`, remedy);
  }
  for (const odd of keys) {
    await store.delete(odd);
    demand((await store.load(odd)) === undefined, `${JSON.stringify(odd)} cannot be deleted`, remedy);
  }
}

/** The contract of a store for one call after another. */
export const recordChecks = [
  unknownIsUndefined,
  createsOnlyWhenAbsent,
  comparesVersions,
  deletes,
  storesCopies,
  storesAllMembers,
  separatesKeys,
];
