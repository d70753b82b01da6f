// error-codes.json is the registry of error codes: everything that lists them agrees with it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { OAuthClient, OAuthError, sealer, TokenManager } from "grantkit";
import { EXIT } from "../../pkg/cli/src/exit-codes.js";
import { moduleUnavailable } from "../../pkg/module-unavailable.js";
import { rows, sections } from "../support/markdown.mjs";
import { KEY, PURPOSE, SELF } from "./support/settings.mjs";
import { token } from "./support/zoho.mjs";

/**
 * @typedef {object} Entry
 * @property {string} code
 * @property {"core" | "host"} made_by "core" where the crate has it; the package may make those too
 * @property {"always" | "sometimes" | "never"} retryable
 * @property {number} exit code of the command line
 * @property {string} since the version that had it first
 * @property {string} anchor
 * @property {string} sentence
 */

const read = (/** @type {string} */ path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
/** @type {Entry[]} */
const REGISTRY = JSON.parse(read("tests/stability/error-codes.json"));
const codes = REGISTRY.map(({ code }) => code);
const core = REGISTRY.filter(({ made_by }) => made_by === "core").map(({ code }) => code);

test("each entry is whole and has a code and a number of its own", () => {
  for (const entry of REGISTRY) {
    const names = ["code", "made_by", "retryable", "exit", "since", "anchor", "sentence"];
    assert.deepEqual(Object.keys(entry), names, entry.code);
    assert.match(entry.code, /^[a-z]+(_[a-z]+)*$/);
    assert.ok(["core", "host"].includes(entry.made_by), entry.code);
    assert.ok(["always", "sometimes", "never"].includes(entry.retryable), entry.code);
    assert.match(entry.sentence, /^[A-Z].*\.$/, entry.code);
  }
  assert.equal(new Set(codes).size, codes.length);
  assert.equal(new Set(REGISTRY.map(({ exit }) => exit)).size, codes.length);
});

test("the Rust enum has the codes of the core", () => {
  const source = read("src/oauth/error.rs");
  const [, body = assert.fail("error.rs has no enum of codes")] = /pub enum \w*Code \{(.*?)\n\}/s.exec(source) ?? [];
  const variants = [...body.matchAll(/^ {4}([A-Z]\w*),$/gm)].map(([, name]) => name);
  const names = [...source.matchAll(/Self::(\w+) => "(\w+)"/g)];
  assert.deepEqual(
    names.map(([, variant]) => variant),
    variants,
  );
  assert.deepEqual(
    names.map(([, , code]) => code),
    core,
  );
});

test("the codes that the core compares are in the registry", () => {
  const policy = read("src/manager/policy.rs");
  const refresh = read("src/flow/refresh.rs");
  const texts = [
    ...[...policy.matchAll(/const \w+: \[&str; \d+\] =\s+\[(.*?)\];/gs)].map(([, list]) => list),
    /pub const fn failure<.*?\n {4}\}/s.exec(policy)?.[0],
    /pub fn of\(code: &str.*?\n {4}\}/s.exec(refresh)?.[0],
  ];
  const compared = texts.map((text = assert.fail("a list of codes has another form")) => {
    return [...text.matchAll(/"([^"]*)"/g)].map(([, code = ""]) => code);
  });
  assert.deepEqual(
    compared.map(({ length }) => length),
    [3, 5, 2, 5],
  );
  for (const code of compared.flat()) assert.ok(codes.includes(code), code);
});

test("the TypeScript union has every code, and says that it is open", () => {
  const declared = /\/\*\* (?<about>(?:(?!\/\*\*).)*?) \*\/\nexport type OAuthErrorCode =(?<union>.*?);/s;
  const { about = "", union = "" } = declared.exec(read("pkg/index.d.ts").replaceAll(/\/\/ .*$/gm, ""))?.groups ?? {};
  const literals = union.match(/"\w+"/g) ?? [];
  assert.deepEqual(
    literals.map((literal) => JSON.parse(literal)),
    codes,
  );
  assert.match(about.replaceAll(/\s+\*?\s*/g, " "), /open: a minor version may add a code/);
});

test("the README has every code and its sentence", () => {
  const table = rows(read("README.md"), "`code`").map(([code, happened]) => [code, `${happened}.`]);
  assert.deepEqual(
    table,
    REGISTRY.map(({ code, sentence }) => [code, sentence.replaceAll("`", "")]),
  );
});

test("the command line ends with each code's number, and its page lists it", () => {
  const numbers = Object.fromEntries(REGISTRY.map(({ code, exit }) => [code, exit]));
  const known = Object.entries(EXIT).filter(([name]) => name in numbers);
  assert.deepEqual(Object.fromEntries(known), numbers);
  // The program's own are below 10 and above 127, as shells do it.
  const others = Object.entries(EXIT).filter(([name]) => !(name in numbers));
  for (const [name, number] of others) assert.ok(number < 10 || number > 127, name);
  const listed = rows(read("docs/cli.md"), "Code").map(([number, name = ""]) => [name, Number(number)]);
  assert.deepEqual(
    listed.filter(([name]) => `${name}` in numbers),
    Object.entries(numbers),
  );
});

test("the page of error codes has a section for each, with what the registry says", () => {
  const page = sections(read("docs/errors.md")).slice(1);
  assert.deepEqual(
    page.map(({ title }) => title),
    codes,
  );
  const [, ...texts] = read("docs/errors.md").split(/^## .*\n+/m);
  for (const [index, { code, anchor, sentence, retryable, exit, since }] of REGISTRY.entries()) {
    assert.equal(anchor, `docs/errors.md#${code}`);
    const paragraphs = (texts[index] ?? "").trim().split("\n\n");
    assert.equal(paragraphs[0], sentence, code);
    assert.equal(paragraphs.at(-1), `Retryable: ${retryable}. Exit code: ${exit}. Since ${since}.`);
    assert.ok(paragraphs.length > 2, `${code} has a next step`);
  }
});

test("no code is older than the changelog, or newer than the package", () => {
  const { version } = JSON.parse(read("pkg/package.json"));
  const released = [...read("CHANGELOG.md").matchAll(/^## \[(\d+\.\d+\.\d+)\]/gm)].map(([, name]) => name);
  for (const { code, since } of REGISTRY) assert.ok([version, ...released].includes(since), `${code}: ${since}`);
});

/** Every error that a vector expects. @param {unknown} value @returns {{ code: string, retryable?: boolean }[]} */
function errorsIn(value) {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.values(value).flatMap(errorsIn);
  return "error" in value && typeof Object(value.error).code === "string" ? [Object(value.error), ...inner] : inner;
}

test("the vectors expect `retryable` as the registry says, for every code of the core", () => {
  const folder = new URL("../vectors/", import.meta.url);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  const errors = names.flatMap((name) => errorsIn(JSON.parse(read(`tests/vectors/${name}`))));
  /** @type {Record<string, string>} */
  const seen = {};
  for (const code of core) {
    const values = new Set(errors.filter((error) => error.code === code).map(({ retryable = false }) => retryable));
    assert.ok(values.size > 0, `no vector expects ${code}`);
    seen[code] = values.size === 2 ? "sometimes" : values.has(true) ? "always" : "never";
  }
  const expected = REGISTRY.filter(({ made_by }) => made_by === "core").map(({ code, retryable }) => [code, retryable]);
  assert.deepEqual(seen, Object.fromEntries(expected));
});

test("the codes of the host are retryable as the registry says", async () => {
  const TOKENS = { access_token: token("a"), token_type: "Bearer", refresh_token: token("r"), expires_at: 1 };
  /** @param {NonNullable<import("grantkit").ClientConfig["fetch"]>} fetch */
  const client = (fetch) =>
    new OAuthClient({
      server: { issuer: "https://as.example", token_endpoint: "https://as.example/token" },
      ...SELF,
      fetch,
      timeoutMs: 1,
    });
  const never = () => /** @type {Promise<Response>} */ (new Promise(() => {}));
  const fails = client(() => Promise.reject(new TypeError("connection refused")));
  /** @param {Partial<import("grantkit").TokenStore>} members */
  const manager = (members) =>
    new TokenManager(fails, {
      load: async () => undefined,
      save: async () => true,
      delete: async () => {},
      ...members,
    });
  const disk = async () => {
    throw new Error("the disk is full");
  };
  const calls = [
    () => fails.refreshTokenGrant(TOKENS),
    () => client(never).refreshTokenGrant(TOKENS),
    () => client(never).refreshTokenGrant(TOKENS, { signal: AbortSignal.abort() }),
    () => manager({ load: disk }).tokens(),
    () => sealer(KEY).unseal("not sealed", { purpose: PURPOSE }),
    ...["no response for https://app.example/a.wasm", "HTTP 404 for https://app.example/a.wasm"].map((message) => {
      return () => Promise.reject(moduleUnavailable("a.wasm", "grantkit", new Error(message)));
    }),
  ];
  /** @type {Record<string, Set<boolean>>} */
  const seen = {};
  for (const call of calls) {
    const error = await call().then(
      () => assert.fail("it resolved"),
      (rejected) => rejected,
    );
    assert.ok(error instanceof OAuthError, String(error));
    seen[error.code] ??= new Set();
    seen[error.code]?.add(error.retryable);
  }
  for (const { code, made_by, retryable } of REGISTRY) {
    if (made_by === "core") continue;
    const expected = { always: [true], never: [false], sometimes: [true, false] }[retryable];
    assert.deepEqual([...(seen[code] ?? [])], expected, code);
  }
});
