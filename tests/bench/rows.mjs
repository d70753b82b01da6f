import { accessToken } from "./rows/access-token.mjs";
import { authorize } from "./rows/authorize.mjs";
import { bytes } from "./rows/bytes.mjs";
import { callback } from "./rows/callback.mjs";
import { coldNode } from "./rows/cold-node.mjs";
import { coldWorker } from "./rows/cold-worker.mjs";
import { tokens } from "./rows/exchange.mjs";
import { loopback } from "./rows/loopback.mjs";
import { memory } from "./rows/memory.mjs";
import { stampede } from "./rows/stampede.mjs";
import { node, workerd } from "./support/runtimes.mjs";

/** @type {import("./support/row.mjs").Row[]} */
export const ROWS = [
  authorize(node),
  authorize(workerd),
  callback(node),
  callback(workerd),
  tokens("exchange"),
  tokens("refresh"),
  tokens("grant"),
  loopback("exchange"),
  loopback("refresh"),
  loopback("grant"),
  accessToken,
  stampede,
  coldWorker,
  coldNode,
  memory,
  bytes,
];
