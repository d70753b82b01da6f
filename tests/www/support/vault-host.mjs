// The demo's vault, whose record and end of session a test sets, and a Worker that calls it as the demo's does.
import { vaultError } from "grantkit/cloudflare";
import { Vault as DemoVault } from "../../../www/worker/vault.js";

const RECORD = "grantkit:default";

export class Vault extends DemoVault {
  async record() {
    return this.ctx.storage.get(RECORD);
  }

  /** @param {object} members of the record that replace its own */
  async changeRecord(members) {
    await this.ctx.storage.put(RECORD, { ...Object(await this.record()), ...members });
  }

  /** Ends the session as the runtime would at its end. */
  async fireAlarmAtEnd() {
    await this.ctx.storage.kv.put("until", Date.now());
    await this.ctx.storage.deleteAlarm();
    await this.alarm();
  }

  async alarmAt() {
    return this.ctx.storage.getAlarm();
  }
}

export default {
  /** @param {Request} request @param {any} env */
  async fetch(request, env) {
    const { method, values } = await request.json();
    try {
      return Response.json({ value: await env.VAULT.getByName("ada")[method](...values) });
    } catch (thrown) {
      return Response.json({ thrown: { code: vaultError(thrown)?.code, message: vaultError(thrown)?.message } });
    }
  },
};
