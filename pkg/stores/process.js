import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/**
 * A process, distinct from a later one with the same number.
 *
 * @typedef {object} ProcessIdentity
 * @property {number} pid
 * @property {string} space in which the number is unique: one boot of one machine, one PID namespace
 * @property {string} [started] absent if the system does not report it
 */

/** @param {Promise<string>} reading */
const orNothing = (reading) => reading.catch(() => undefined);

/**
 * Fields 3 (state) and 22 (start time, in ticks since boot) of proc_pid_stat(5). The second field is a name that may hold
 * spaces and parentheses, so the counting begins after its end.
 *
 * @param {number} pid
 */
async function status(pid) {
  const line = await orNothing(readFile(`/proc/${pid}/stat`, "utf8"));
  const fields = line?.slice(line.lastIndexOf(")") + 2).split(" ");
  return { state: fields?.[0], started: fields?.[19] };
}

/** The machine's name; a random one where Deno denies it, so that no process counts as gone. */
function machine() {
  try {
    return hostname();
  } catch {
    return crypto.randomUUID();
  }
}

/** @type {Promise<ProcessIdentity> | undefined} */
let identity;

/** This process. */
export function thisProcess() {
  identity ??= (async () => {
    const [boot, namespace, { started }] = await Promise.all([
      orNothing(readFile("/proc/sys/kernel/random/boot_id", "utf8")),
      orNothing(readlink("/proc/self/ns/pid")),
      status(process.pid),
    ]);
    const space = boot && namespace ? `${boot.trim()} ${namespace}` : `${process.platform} ${machine()}`;
    return { pid: process.pid, space, ...(started && { started }) };
  })();
  return identity;
}

/**
 * Whether a process is certainly gone. A process of another machine or container never is.
 *
 * @param {ProcessIdentity} other
 */
export async function isGone(other) {
  if (other.space !== (await thisProcess()).space) return false;
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    // EPERM is a living process of another user.
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH";
  }
  const { state, started } = await status(other.pid);
  // A killed process keeps its number until its parent waits for it, which in some containers never happens.
  if (state === "Z" || state === "X") return true;
  return started !== undefined && other.started !== undefined && started !== other.started;
}
