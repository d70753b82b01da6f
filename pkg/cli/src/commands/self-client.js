// A Self Client's code to a grant. All questions come before the code, which is exchanged at once.

import { ask, newClient } from "../client.js";
import { connected, formOf, prepare } from "../connected.js";
import { readConsoleFile } from "../console-file.js";
import { exchange } from "../exchange.js";
import { usage } from "../failure.js";
import { given } from "../options.js";

/** @typedef {import("../context.js").Context} Context */

/** @param {Context} context @param {{ from?: string, print?: string, scope?: string, saveSecret: boolean }} options */
export async function selfClient(context, { from, print, scope, saveSecret }) {
  const form = formOf(print);
  const file = from ? await readConsoleFile(from) : { client: {} };
  const world = context.options.fake ? await context.world() : undefined;
  const client = await newClient(context, { ...world?.selfClient, ...file.client });
  await prepare(context, client, form);
  const code = given(context.command, "code");
  const isFlag = code?.from === "flag";
  // A variable may be of an earlier code. With the fake, it is of a real account.
  const told = isFlag || world ? undefined : code?.text.trim();
  const first = isFlag ? code.text.trim() : file.code;
  const text = first ?? told ?? (await world?.makeCode(scope)) ?? (await askCode(context));
  const { client: accepted, tokens } = await exchange(context, client, text);
  if (file.client.client_secret) context.output.note(`${from} holds the client secret: delete it, or keep it safe.`);
  return connected(context, accepted, tokens, { form, saveSecret });
}

/** @param {Context} context */
async function askCode(context) {
  if (!context.isInteractive)
    throw usage("there is no terminal to ask for the code at: give --code, ZOHO_CODE or --from");
  context.output.note(
    'Now generate the code: Self Client, tab "Generate Code". It is exchanged as soon as you paste it.',
  );
  return ask(context, "secret", "Code (not shown)");
}
