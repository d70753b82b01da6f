#!/usr/bin/env node
// The program: parses its arguments, runs a command, and ends with its exit code.

import { CommanderError } from "commander";
import { Context, VERSION } from "./context.js";
import { EXIT } from "./exit-codes.js";
import { describe, usage } from "./failure.js";
import { Output } from "./output.js";
import { createProgram } from "./program.js";

/** @typedef {import("./program.js").Run} Run */

const { stdout, stderr, env, argv } = process;
const ending = new AbortController();
/** The exit code of the signal that arrived. @type {number | undefined} */
let signalled;
/** The options with which another command uses the same grant. */
let again = "";

for (const [signal, code] of /** @type {const} */ ([
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", EXIT.terminated],
])) {
  process.on(signal, () => {
    // The first signal ends the command, but a refresh that is under way still saves its tokens. A second one ends the process.
    if (signalled !== undefined) process.exit(code);
    signalled = code;
    ending.abort();
  });
}
// The callbacks of write() report a closed pipe.
stdout.on("error", () => {});
stderr.on("error", () => {});

if (argv.includes("--no-color")) env.NO_COLOR = "1";

const program = createProgram(VERSION, perform);
for (const command of [program, ...program.commands]) {
  // end() reports all errors.
  command.exitOverride().configureOutput({ outputError: () => {}, writeErr: () => {} });
}

try {
  await program.parseAsync(argv);
} catch (error) {
  process.exitCode = await end(error);
}

/** @param {import("commander").Command} command @param {Run} run @param {string[]} given */
async function perform(command, run, given) {
  const context = new Context(command, process, ending.signal);
  const { output, options } = context;
  again = context.again();
  if (options.fake) output.note(output.notePaint.dim("Fake Zoho: nothing leaves this machine."));
  const result = await run(context, command.opts(), ...given);
  if (!result.isPrinted) await output.result(result);
  process.exitCode = result.exit ?? EXIT.ok;
}

/** @param {unknown} error @returns {Promise<number>} */
async function end(error) {
  // Help and the version are not errors.
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const { exit, ...failure } = describe(error instanceof CommanderError ? misuse(error) : error, again);
  // A user who interrupts the program must still learn where a rescued grant is.
  if (signalled !== undefined && failure.code !== "store") return signalled;
  if (failure.code === "broken_pipe") return exit;
  const output = new Output({ stdout, stderr, env, json: argv.includes("--json") });
  if (failure.code === "unexpected" && argv.includes("--verbose")) output.note(String(Object(error).stack));
  await output.fail({ exit, ...failure });
  return signalled ?? exit;
}

/** @param {CommanderError} error */
function misuse({ code, message }) {
  if (code === "commander.help") return usage("no command was given: `grantkit --help` lists them");
  // The message quotes a mistyped option with its value, which may be a secret.
  const text = message.replace(/^error: /, "").replace(/(--?[\w-]+)=.*'/s, "$1'");
  return usage(text, ["`grantkit --help` lists the commands, `grantkit COMMAND --help` the options of one."]);
}
