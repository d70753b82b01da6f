#!/usr/bin/env node
// The program: reads its arguments, runs a command, and ends with the exit code that says what happened.

import { CommanderError } from "commander";
import { Context, VERSION } from "./context.js";
import { EXIT } from "./exit-codes.js";
import { describe, usage } from "./failure.js";
import { Output } from "./output.js";
import { createProgram } from "./program.js";

/** @typedef {import("./program.js").Run} Run */

const { stdout, stderr, env, argv } = process;
const ending = new AbortController();
/** The exit code of the signal that came. @type {number | undefined} */
let signalled;
/** The options that lead another command to the same grant. */
let again = "";

for (const [signal, code] of /** @type {const} */ ([
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", EXIT.terminated],
])) {
  process.on(signal, () => {
    // The first one ends the command. A refresh that is under way may still save what the server issued; whoever cannot
    // wait for that sends a second one.
    if (signalled !== undefined) process.exit(code);
    signalled = code;
    ending.abort();
  });
}
// Writes report a closed pipe by themselves.
stdout.on("error", () => {});
stderr.on("error", () => {});

if (argv.includes("--no-color")) env.NO_COLOR = "1";

const program = createProgram(VERSION, perform);
for (const command of [program, ...program.commands]) {
  // Errors are told in one place, below.
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
  // Where a grant went that could not be kept is told to whoever ended it, too.
  if (signalled !== undefined && failure.code !== "store") return signalled;
  if (failure.code === "broken_pipe") return exit;
  const output = new Output({ stdout, stderr, env, json: argv.includes("--json") });
  if (failure.code === "unexpected" && argv.includes("--verbose")) output.note(String(Object(error).stack));
  await output.fail({ exit, ...failure });
  return signalled ?? exit;
}

/** @param {CommanderError} error */
function misuse({ code, message }) {
  if (code === "commander.help") return usage("which command? `grantkit --help` lists them");
  // A mistyped option is quoted with what was given to it, and that may be a secret.
  const text = message.replace(/^error: /, "").replace(/(--?[\w-]+)=.*'/s, "$1'");
  return usage(text, ["`grantkit --help` lists the commands, `grantkit COMMAND --help` the options of one."]);
}
