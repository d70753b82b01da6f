// Prompts and the spinner. A bundle of its own, so that `grantkit token` does not load it.

import * as clack from "@clack/prompts";
import yoctoSpinner from "yocto-spinner";

/** @typedef {{ input: import("node:stream").Readable, output: import("node:tty").WriteStream, signal: AbortSignal }} Streams */

const needed = (/** @type {string | undefined} */ text) => (text?.trim() ? undefined : "A value is required.");

/** @param {Streams} streams @param {() => Error} interrupted makes the error of a cancelled prompt */
export function createPrompts(streams, interrupted) {
  // A terminal of unknown size reports 0 columns, and the prompt would put each character on its own line.
  streams.output.columns ||= 80;
  streams.output.rows ||= 24;
  /** @template T @param {Promise<T>} answer @returns {Promise<Exclude<T, symbol>>} */
  const unlessCancelled = async (answer) => {
    const value = await answer;
    if (clack.isCancel(value)) throw interrupted();
    return /** @type {Exclude<T, symbol>} */ (value);
  };
  return {
    /** @param {string} message */
    text: (message) => unlessCancelled(clack.text({ message, validate: needed, ...streams })),

    /** Shows a mark in place of each character. @param {string} message */
    secret: (message) => unlessCancelled(clack.password({ message, validate: needed, ...streams })),

    /** @param {string} message */
    confirm: (message) => unlessCancelled(clack.confirm({ message, initialValue: false, ...streams })),

    /** @template {string} T @param {string} message @param {{ value: T, label: string, hint: string }[]} choices @returns {Promise<T>} */
    select: (message, choices) =>
      unlessCancelled(clack.select({ message, options: /** @type {any} */ (choices), ...streams })),
  };
}

/** @param {string} text */
export function startSpinner(text) {
  // main.js handles signals.
  return yoctoSpinner({ text, handleSignals: false }).start();
}
