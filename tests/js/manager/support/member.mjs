// One process of a fleet: waits for a message, calls accessToken many times concurrently, and reports the results.
import { OAuthClient, TokenManager, zoho } from "grantkit";
import { openStore } from "./fleet-stores.mjs";
import { CLIENT } from "./setup.mjs";

/** @type {import("./fleet.mjs").Settings} */
const { storeOptions, server, now, callers, crashesBeforeSave, speed } = JSON.parse(process.argv[2] ?? "");
const { store, close } = await openStore(storeOptions);

/** @type {import("grantkit").TokenStore} */
const crashingStore = {
  ...store,
  save(key, record, expectedVersion) {
    if (record.refreshing_since === undefined) process.kill(process.pid, "SIGKILL");
    return store.save(key, record, expectedVersion);
  },
};
const began = Date.now();
const clock = () => now * 1000 + speed * (Date.now() - began);
const client = new OAuthClient({ server: zoho(server), ...CLIENT, clock });
const manager = new TokenManager(client, crashesBeforeSave ? crashingStore : store);

process.once("message", async () => {
  const results = await Promise.allSettled(Array.from({ length: callers }, () => manager.accessToken()));
  /** @type {import("./fleet.mjs").Report} */
  const report = { tokens: {}, errors: {} };
  for (const result of results) {
    const [list, name] =
      result.status === "fulfilled"
        ? [report.tokens, result.value]
        : [report.errors, `${result.reason.code} ${result.reason.retryAfter}`];
    list[name] = (list[name] ?? 0) + 1;
  }
  process.send?.(report);
  await close();
  process.disconnect?.();
});
process.send?.("ready");
