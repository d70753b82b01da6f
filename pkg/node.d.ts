/** For Node and other runtimes that have its files.
 *
 *  @module grantkit/node
 */

import type { TokenStore } from "./index.js";

/** One JSON file, mode 0600, replaced atomically and synced; locks beside it, in `<path>.locks/`, guard it across the
 *  processes of a machine. Folders that are missing are made with mode 0700. On a network file system use a database. */
export function fileStore(path: string): TokenStore;
