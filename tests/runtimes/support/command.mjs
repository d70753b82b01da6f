import { execFile } from "node:child_process";

/**
 * Runs a program until it ends; rejects with its whole output unless it succeeds.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 * @param {Record<string, string>} [variables] of its environment, besides the inherited ones
 * @returns {Promise<{ stdout: string, stderr: string }>}
 */
export function command(program, args, cwd, variables = {}) {
  // With this variable, a child reports to node:test in a binary format.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const env = { ...inherited, ...variables };
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(" ")}\n${error.message}\n${stdout}\n${stderr}`));
      else resolve({ stdout, stderr });
    });
  });
}
