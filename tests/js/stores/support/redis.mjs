import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../../www/local/port.mjs";

/**
 * Starts a Redis without persistence. Returns undefined if none is installed.
 *
 * @param {...string} settings
 */
export async function startRedis(...settings) {
  const folder = await mkdtemp(join(tmpdir(), "grantkit-redis-"));
  const port = await freePort();
  const common = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  const server = spawn("redis-server", [...common, ...settings], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => server.once("close", resolve));
  const absent = new Promise((resolve) => server.once("error", () => resolve(true)));
  const ready = new Promise((resolve, reject) => {
    let output = "";
    server.stdout.on("data", (data) => {
      output += data;
      if (output.includes("Ready to accept connections")) resolve(false);
    });
    server.once("exit", (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
  });
  // When a test file throws while it loads, `stop` is not called.
  const kill = () => server.kill();
  process.once("exit", kill);
  const stop = async () => {
    process.off("exit", kill);
    kill();
    await ended;
    await rm(folder, { recursive: true });
  };
  ready.catch(() => {});
  if (await Promise.race([absent, ready])) {
    await rm(folder, { recursive: true });
    return undefined;
  }
  return { port, stop };
}
