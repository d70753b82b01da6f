// docs/trace.md lists the members of an event, its steps, and the phases of each flow, as the declarations and the core
// have them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { snippetsOf } from "../support/snippets.mjs";

const read = (/** @type {string} */ path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
const { text: page, snippet, noneIsLeftOut } = await snippetsOf("docs/trace.md");
const declared = /export interface TraceEvent \{([\s\S]*?)\n\}/.exec(await read("pkg/index.d.ts"))?.[1] ?? "";

/** The names in `code` that the rows of a table begin with. @param {string} head its first row */
function column(head) {
  const table = page.split(`${head}\n`)[1]?.split("\n\n")[0] ?? "";
  return table
    .split("\n")
    .flatMap((row) => /^\| (?:(\w+) \| )?`(\w+)`/.exec(row)?.slice(1).filter(Boolean).join(" ") ?? []);
}

test("its members are those of TraceEvent", () => {
  const members = [...declared.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name = ""]) => name);
  assert.ok(members.length > 8);
  assert.deepEqual(column("| Member | Type | What it says |"), members);
});

test("its steps are those of TraceEvent", () => {
  const steps = [...(/^ {2}step: (.*);/m.exec(declared)?.[1] ?? "").matchAll(/"(\w+)"/g)].map(([, name = ""]) => name);
  assert.ok(steps.length > 4);
  assert.deepEqual(column("| `step` | After |"), steps);
});

test("its phases are those of the machines", async () => {
  const flows = await Promise.all(
    ["exchange", "refresh", "revocation"].map(async (flow) => {
      const names = (await read(`src/flow/${flow}.rs`)).matchAll(/Self::\w+ => "(\w+)"/g);
      return [...names].map(([, name = ""]) => `${flow} ${name}`);
    }),
  );
  assert.ok(flows.every((names) => names.length > 1));
  assert.deepEqual(column("| Flow | `phase` | The flow waits for |"), flows.flat());
});

test("its effects are effects of the core", async () => {
  const names = [...(await read("src/flow/effect.rs")).matchAll(/Self::\w+(?:\(_\))? => "(\w+)"/g)].map(
    ([, name]) => name,
  );
  const shown = /What the flow did: (.*?) \|/.exec(page)?.[1]?.match(/\w+(?=`)/g) ?? [];
  assert.deepEqual(shown, ["fetch", "load", "save", "delete"]);
  for (const name of shown) assert.ok(names.includes(name), name);
});

test("its snippet logs an event", async (t) => {
  const { tracedClient } = await snippet("Trace events");
  const log = t.mock.method(console, "log", () => {});
  const registration = { client_id: "1000.A", client_secret: "secret", redirect_uri: "https://app.example/callback" };
  await tracedClient(registration).authorizationRequest({ scope: "ZohoCRM.modules.READ" });
  const [event] = log.mock.calls.map(({ arguments: [line] }) => JSON.parse(line));
  assert.equal(event.step, "authorize");
  assert.equal(event.url, "https://accounts.zoho.com/oauth/v2/auth");
});

test("no snippet is left out", noneIsLeftOut);
