// The library speaks to programs, and some of its words name what a terminal does not have.

/** @type {[words: RegExp, instead: string][]} */
const REWORDED = [
  [/, or raise timeoutMs/, ""],
  // A hint has it.
  [/; `cause` says what the runtime saw/, ""],
  [/; see `cause`/, ""],
  // A hint has the command for that.
  [/[:;] send the user through a new authorization request(, and save\(\) its tokens)?/, ""],
  [/; new tokens are in `tokens`, and the next call saves them first/, "; the new token is not kept: run this again"],
];

/** @param {string} message of the library */
export function reworded(message) {
  return REWORDED.reduce((text, [words, instead]) => text.replace(words, instead), message);
}
