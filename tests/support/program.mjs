import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Starts a script of this repository, in an environment without the Zoho account of the machine.
 *
 * @param {string[]} args for node
 * @param {Record<string, string>} [environment]
 */
export function start(args, environment = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ZOHO_|PORT$|NODE_TEST_CONTEXT$)/.test(name));
  const env = { ...Object.fromEntries(inherited), ...environment };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  /** @type {string[]} */
  const lines = [];
  let errors = "";
  /** @type {{ pattern: RegExp, found: (match: RegExpExecArray) => void } | undefined} */
  let awaited;
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    const match = awaited?.pattern.exec(line);
    if (match) awaited?.found(match);
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  /** @type {Promise<{ code: number | null, signal: NodeJS.Signals | null, lines: string[], errors: string }>} */
  const ended = new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, lines, errors }));
  });
  return {
    ended,
    lines,
    /** The first line from now on that matches. @param {RegExp} pattern @returns {Promise<RegExpExecArray>} */
    line(pattern) {
      const found = new Promise((resolve) => {
        awaited = { pattern, found: resolve };
      });
      const early = ended.then(({ code }) =>
        Promise.reject(new Error(`ended with ${code}: ${lines.join("\n")}${errors}`)),
      );
      return Promise.race([found, early]);
    },
    /** @param {NodeJS.Signals} signal */
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/**
 * Lines without the parts that differ between runs: times, ports, and the last characters of tokens.
 *
 * @param {string[]} lines
 */
export function settled(lines) {
  return lines.map((line) => {
    return line
      .replace(/^ +\d+\.\d ms {2}/, "")
      .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
      .replaceAll(/…[0-9a-f]{4}/g, "…");
  });
}

/** Whether a text shows a whole token or code of Zoho. @param {string} text */
export function showsToken(text) {
  return /1000\.[0-9a-f]{32}/.test(text);
}
