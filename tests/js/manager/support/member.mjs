// One process of a fleet: waits for a word, calls accessToken many times at once, and says what it got.
import { OAuthClient, TokenManager, zoho } from "grantkit";
import { openStore } from "./fleet-stores.mjs";
import { CLIENT } from "./world.mjs";

/** @type {import("./fleet.mjs").Orders} */
const { place, server, now, callers, dies } = JSON.parse(process.argv[2] ?? "");
const { store, close } = await openStore(place);

/** @type {import("grantkit").TokenStore} */
const mortal = {
  ...store,
  save(key, record, expectedVersion) {
    if (record.refreshing_since === undefined) process.kill(process.pid, "SIGKILL");
    return store.save(key, record, expectedVersion);
  },
};
const client = new OAuthClient({ server: zoho(server), ...CLIENT, clock: () => now * 1000 });
const manager = new TokenManager(client, dies ? mortal : store);

process.once("message", async () => {
  const results = await Promise.allSettled(Array.from({ length: callers }, () => manager.accessToken()));
  /** @type {import("./fleet.mjs").Said} */
  const said = { tokens: {}, errors: {} };
  for (const result of results) {
    const [list, name] =
      result.status === "fulfilled"
        ? [said.tokens, result.value]
        : [said.errors, `${result.reason.code} ${result.reason.retryAfter}`];
    list[name] = (list[name] ?? 0) + 1;
  }
  process.send?.(said);
  await close();
  process.disconnect?.();
});
process.send?.("ready");
