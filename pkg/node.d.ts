/** For Node and other runtimes that have its files.
 *
 *  @module grantkit/node
 */

import type { TokenStore } from "./index.js";

/** One JSON file, mode 0600, replaced atomically and synced. Locks in `<path>.locks/` protect it between the processes of a
 *  machine. Missing folders are made with mode 0700. On a network file system, use a database instead. */
export function fileStore(path: string): TokenStore;
