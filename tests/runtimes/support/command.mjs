import { execFile } from "node:child_process";

/**
 * Runs a program to its end; rejects with all that it printed unless it succeeds.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 * @param {Record<string, string>} [variables] of its environment, beside those that are inherited
 * @returns {Promise<{ stdout: string, stderr: string }>}
 */
export function command(program, args, cwd, variables = {}) {
  // A child that is told it runs under node:test reports to its parent in a form that is not text.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const env = { ...inherited, ...variables };
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(" ")}\n${error.message}\n${stdout}\n${stderr}`));
      else resolve({ stdout, stderr });
    });
  });
}
