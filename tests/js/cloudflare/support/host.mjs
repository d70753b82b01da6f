// The Worker with the vaults. The tests set the clock of a vault, and can crash it.
import { OAuthClient, zoho } from "grantkit";
import { TokenVault } from "grantkit/cloudflare";

export class Vault extends TokenVault {
  /** How many times save and accessToken were called. */
  calls = 0;
  /** Whether an alarm of the runtime reaches the vault. In most tests only `fireAlarm` does. */
  alarmFires = false;
  /** @type {(value?: unknown) => void} */
  alarmEnded = () => {};
  /** How many saves fail, after the saves that pass. */
  failingSaves = 0;
  /** Whether loads fail while saves do. */
  loadsFail = false;
  passingSaves = 0;
  /** Whether to crash after a token response and before its tokens are saved. */
  crashesOnResponse = false;

  /** @param {any} ctx @param {any} env */
  constructor(ctx, env) {
    const transaction = ctx.storage.transaction.bind(ctx.storage);
    ctx.storage.transaction = async (/** @type {unknown} */ run) => {
      if (this.failingSaves === 0) return transaction(run);
      if (this.passingSaves > 0) {
        this.passingSaves -= 1;
        return transaction(run);
      }
      this.failingSaves -= 1;
      throw new Error("the disk is full");
    };
    const get = ctx.storage.get.bind(ctx.storage);
    ctx.storage.get = async (/** @type {string} */ key) => {
      if (this.loadsFail && this.failingSaves > 0 && this.passingSaves === 0) throw new Error("the disk is gone");
      return get(key);
    };
    super(ctx, env);
    this.now = env.NOW;
    ctx.blockConcurrencyWhile(async () => {
      this.now = (await ctx.storage.get("now")) ?? env.NOW;
      this.settings = (await ctx.storage.get("settings")) ?? {};
    });
  }

  /** @override @param {any} env */
  client(env) {
    const { bug, ...settings } = /** @type {any} */ (this.settings);
    if (bug) throw new RangeError(bug);
    return new OAuthClient({
      server: zoho(),
      ...env.CLIENT,
      clock: () => this.now * 1000,
      trace: ({ step }) => {
        if (step === "token" && this.crashesOnResponse) this.ctx.abort("crashed by the test");
      },
      ...settings,
    });
  }

  /** @override @param {import("grantkit").TokenSet} tokens */
  save(tokens) {
    this.calls += 1;
    return super.save(tokens);
  }

  /** @override @param {{ minValidity?: number, rejected?: string }} [options] */
  accessToken(options) {
    this.calls += 1;
    return super.accessToken(options);
  }

  /** @override */
  async alarm() {
    if (!this.alarmFires) return;
    await super.alarm();
    this.alarmEnded();
  }

  /** Makes the runtime fire the alarm, and waits for its end. */
  async awaitAlarm() {
    this.alarmFires = true;
    const ended = new Promise((resolve) => {
      this.alarmEnded = resolve;
    });
    await this.ctx.storage.setAlarm(Date.now());
    await ended;
  }

  /** Fires the alarm as the runtime does, which deletes an alarm when it fires. */
  async fireAlarm() {
    await this.ctx.storage.deleteAlarm();
    await super.alarm();
  }

  /** Sets members of this object. @param {object} members */
  set(members) {
    Object.assign(this, members);
  }

  /** @param {number} seconds */
  async advance(seconds) {
    this.now += seconds;
    await this.ctx.storage.put("now", this.now);
  }

  /** The client's configuration from the next start of this object on. @param {object} settings */
  async configure(settings) {
    await this.ctx.storage.put("settings", settings);
  }

  crash() {
    this.ctx.abort("crashed by the test");
  }

  async countCalls() {
    return this.calls;
  }

  async alarmAt() {
    return this.ctx.storage.getAlarm();
  }

  async record() {
    return this.ctx.storage.get("grantkit:default");
  }

  /** @param {object} members of the record that replace its own */
  async changeRecord(members) {
    await this.ctx.storage.put("grantkit:default", { ...Object(await this.record()), ...members });
  }
}

export default {
  fetch: () => new Response("other Workers call the vaults", { status: 404 }),
};
