// Prints on stderr which modules a program loads.

import { register } from "node:module";
import { MessageChannel } from "node:worker_threads";

const { port1, port2 } = new MessageChannel();
port1.on("message", (url) => process.stderr.write(`loaded ${url}\n`));
port1.unref();
register("./loaded-hook.mjs", import.meta.url, { data: { port: port2 }, transferList: [port2] });
