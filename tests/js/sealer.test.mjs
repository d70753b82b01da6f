import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CompactEncrypt,
  calculateJwkThumbprint,
  compactDecrypt,
  decodeProtectedHeader,
  EncryptJWT,
  jwtDecrypt,
} from "jose";
import { sealer } from "../../pkg/sealer.js";
import { assertFails, SECRET } from "./stores/support/expect.mjs";

const NOW = 1_900_000_000;
const clock = () => NOW * 1000;
const purpose = "session";
const newKey = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
const [first, second] = [newKey(), newKey()];
const bytesOf = (/** @type {string} */ key) => Uint8Array.from(Buffer.from(key, "base64url"));
const header = { alg: "dir", enc: "A256GCM" };

test("a value is restored as in JSON, and its sealed text shows nothing of it", async () => {
  const { seal, unseal } = sealer(first);
  for (const value of [
    { secret: SECRET, list: [1, { deep: null }] },
    "Zo\u00eb \u{1f511}",
    0.1,
    false,
    null,
    "",
    [],
    {},
  ]) {
    const sealed = await seal(value, { purpose });
    assert.deepEqual(await unseal(sealed, { purpose }), value);
    assert.match(sealed, /^[\w-]+\.\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/);
    assert.doesNotMatch(Buffer.from(sealed, "base64url").toString("latin1"), new RegExp(SECRET));
  }
  const own = JSON.parse('{"__proto__":{"admin":true}}');
  assert.equal(JSON.stringify(await unseal(await seal(own, { purpose }), { purpose })), '{"__proto__":{"admin":true}}');
});

test("the header has dir, A256GCM and the RFC 7638 thumbprint of the key", async () => {
  const sealed = await sealer(first).seal(1, { purpose });
  const kid = await calculateJwkThumbprint({ kty: "oct", k: first }, "sha256");
  assert.deepEqual(decodeProtectedHeader(sealed), { ...header, kid });
});

test("each sealed text of one value is different", async () => {
  const { seal } = sealer(first);
  const sealed = await Promise.all(Array.from({ length: 500 }, () => seal("same", { purpose })));
  assert.equal(new Set(sealed.map((text) => text.split(".")[2])).size, 500);
});

test("jose opens a sealed text, including its expiry", async () => {
  const sealed = await sealer(first, { clock }).seal({ a: [1] }, { purpose, maxAge: 60 });
  const { payload } = await jwtDecrypt(sealed, bytesOf(first), { currentDate: new Date((NOW + 59) * 1000) });
  assert.deepEqual(payload, { purpose, exp: NOW + 60, value: { a: [1] } });
  await assert.rejects(jwtDecrypt(sealed, bytesOf(first), { currentDate: new Date((NOW + 60) * 1000) }), /exp/);
  await assert.rejects(compactDecrypt(sealed, bytesOf(second)), /decryption operation failed/);
});

test("the sealer opens a text of jose, with or without a key id", async () => {
  const kid = await calculateJwkThumbprint({ kty: "oct", k: second }, "sha256");
  const claims = { purpose, value: { b: "\u00e9" } };
  for (const named of [header, { ...header, kid }, { ...header, kid, typ: "JWT" }]) {
    const token = new EncryptJWT(claims)
      .setProtectedHeader(named)
      .setExpirationTime(NOW + 1)
      .setNotBefore(NOW);
    const sealed = await token.encrypt(bytesOf(second));
    assert.deepEqual(await sealer([first, second], { clock }).unseal(sealed, { purpose }), { b: "\u00e9" });
  }
});

test("keys rotate: the first key seals, each listed key unseals, a removed key does not", async () => {
  const old = await sealer(first).seal("old", { purpose });
  const rotated = sealer([second, first]);
  assert.equal(await rotated.unseal(old, { purpose }), "old");
  const fresh = await rotated.seal("new", { purpose });
  assert.equal(await sealer(second).unseal(fresh, { purpose }), "new");
  await assertFails(
    sealer(first).unseal(fresh, { purpose }),
    "store",
    /a key that the sealer does not have: if the key was replaced, pass the old one after the new$/,
  );
});

test("a value opens only for its purpose", async () => {
  const { seal, unseal } = sealer(first);
  const sealed = await seal("x", { purpose: "login" });
  for (const other of ["Login", "login ", "session"]) {
    await assertFails(unseal(sealed, { purpose: other }), "store", /sealed for another purpose/);
  }
  const missing = /** @type {{ purpose: string }} */ ({});
  await assertFails(unseal(sealed, missing), "invalid_configuration", /purpose/);
  await assertFails(seal("x", { purpose: "" }), "invalid_configuration", /purpose/);
  const unbound = await new CompactEncrypt(Buffer.from('{"value":1}'))
    .setProtectedHeader(header)
    .encrypt(bytesOf(first));
  await assertFails(unseal(unbound, { purpose: "undefined" }), "store", /another purpose/);
});

test("a value expires after maxAge, by the configured clock", async () => {
  let now = NOW * 1000 + 999;
  const { seal, unseal } = sealer(first, { clock: () => now });
  const sealed = await seal("x", { purpose, maxAge: 10 });
  const ageless = await seal("y", { purpose });
  now = (NOW + 9) * 1000 + 999;
  assert.equal(await unseal(sealed, { purpose }), "x");
  now = (NOW + 10) * 1000;
  await assertFails(unseal(sealed, { purpose }), "store", /has expired/);
  now = Number.MAX_SAFE_INTEGER;
  assert.equal(await unseal(ageless, { purpose }), "y");
  for (const maxAge of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    await assertFails(seal("x", { purpose, maxAge }), "invalid_configuration", /maxAge/);
  }
});

test("nbf and exp are checked, and invalid ones are rejected", async () => {
  const { unseal } = sealer(first, { clock });
  const make = (/** @type {object} */ claims) =>
    new CompactEncrypt(Buffer.from(JSON.stringify({ purpose, value: 1, ...claims })))
      .setProtectedHeader(header)
      .encrypt(bytesOf(first));
  await assertFails(unseal(await make({ nbf: NOW + 1 }), { purpose }), "store", /not valid yet/);
  await assertFails(unseal(await make({ exp: NOW }), { purpose }), "store", /has expired/);
  for (const exp of ["2999-01-01", null, {}, true]) {
    await assertFails(unseal(await make({ exp }), { purpose }), "store", /the exp of the sealed value is not a time: /);
  }
});

test("no bit of a sealed value can be changed", async () => {
  const { seal, unseal } = sealer(first);
  const sealed = await seal({ a: 1 }, { purpose });
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (let at = 0; at < sealed.length; at += 1) {
    if (sealed[at] === ".") continue;
    for (const bit of [1, 32]) {
      const other = alphabet[alphabet.indexOf(sealed.charAt(at)) ^ bit];
      await assertFails(unseal(sealed.slice(0, at) + other + sealed.slice(at + 1), { purpose }), "store", /./);
    }
  }
});

test("an invalid sealed value is rejected", async () => {
  const { seal, unseal } = sealer(first);
  const sealed = await seal(SECRET, { purpose });
  const [head = "", , iv = "", ciphertext = "", tag = ""] = sealed.split(".");
  const headed = (/** @type {unknown} */ members) =>
    [
      Buffer.from(typeof members === "string" ? members : JSON.stringify(members)).toString("base64url"),
      "",
      iv,
      ciphertext,
      tag,
    ].join(".");
  const hostile = [
    "",
    ".",
    "....",
    "a.b.c.d.e",
    "x".repeat(100_000),
    ".".repeat(100_000),
    `${sealed}.`,
    ` ${sealed}`,
    `${sealed}=`,
    sealed.slice(0, -1),
    [head, "AA", iv, ciphertext, tag].join("."),
    [head, "", iv.slice(4), ciphertext, tag].join("."),
    // Bytes of the tag moved to the ciphertext.
    [head, "", iv, ciphertext + tag.slice(0, 4), tag.slice(4)].join("."),
    headed("{"),
    headed("null"),
    headed("[]"),
    headed("1"),
    headed("\u0000"),
    headed({}),
    headed({ ...header, alg: "none" }),
    headed({ ...header, alg: "A256KW" }),
    headed({ ...header, enc: "A128GCM" }),
    headed({ ...header, zip: "DEF" }),
    headed({ ...header, crit: ["exp"] }),
    headed({ ...header, kid: 7 }),
    headed({ ...header, kid: "x".repeat(2000) }),
    undefined,
    null,
    7,
    {},
    [sealed],
  ];
  for (const text of hostile) {
    await assertFails(unseal(/** @type {string} */ (text), { purpose }), "store", /not a sealed value/);
  }
  await assertFails(
    unseal(headed({ ...header, kid: "other" }), { purpose }),
    "store",
    /a key that the sealer does not have/,
  );
  await assertFails(unseal(headed(header), { purpose }), "store", /cannot be decrypted, because it was changed: /);
});

test("an invalid key is rejected at once, with the command that creates one, and is not shown", async () => {
  const command = /openssl rand -base64 32 \| tr '\+\/' '-_' \| tr -d =/;
  const bad = [
    undefined,
    "",
    "short",
    newKey().slice(1),
    `${newKey()}=`,
    `+${newKey().slice(1)}`,
    `${SECRET}`,
    "a".repeat(64),
    [],
    [first, "x"],
    [null],
    7,
  ];
  for (const keys of bad) {
    const error = await assertFails(() => sealer(/** @type {string} */ (keys)), "invalid_configuration", command);
    assert.equal(error.retryable, false);
  }
});

test("a value that JSON cannot represent is rejected", async () => {
  const { seal } = sealer(first);
  /** @type {unknown[]} */
  const loop = [];
  loop.push(loop);
  for (const value of [undefined, () => 1, Symbol("x"), 1n, loop]) {
    await assertFails(seal(value, { purpose }), "invalid_configuration", /JSON/);
  }
});
