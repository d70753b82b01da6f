// The Worker that has the vaults. A vault of the tests tells the time that it is told, and can be made to crash.
import { OAuthClient, zoho } from "grantkit";
import { TokenVault } from "grantkit/cloudflare";

export class Vault extends TokenVault {
  /** How many tokens were brought or asked for. */
  calls = 0;
  /** Whether the runtime's alarm reaches the vault. In most tests `ring` does alone. */
  rings = false;
  /** How many saves fail, after how many that pass. */
  failingSaves = 0;
  passingSaves = 0;
  /** Whether to crash when an answer came and nothing of it is saved. */
  crashesOnAnswer = false;

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
        if (step === "token" && this.crashesOnAnswer) this.ctx.abort("the test wants it");
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
    if (this.rings) await super.alarm();
  }

  /** Rings as the runtime does, for which the alarm is over when it rings. */
  async ring() {
    await this.ctx.storage.deleteAlarm();
    await super.alarm();
  }

  /** Sets members of this object. @param {object} members */
  set(members) {
    Object.assign(this, members);
  }

  /** @param {number} seconds */
  async pass(seconds) {
    this.now += seconds;
    await this.ctx.storage.put("now", this.now);
  }

  /** What the client is made of in the next life of this object. @param {object} settings */
  async configure(settings) {
    await this.ctx.storage.put("settings", settings);
  }

  crash() {
    this.ctx.abort("the test wants it");
  }

  async countCalls() {
    return this.calls;
  }

  async alarmAt() {
    return this.ctx.storage.getAlarm();
  }

  /** @param {number} time milliseconds */
  async setAlarm(time) {
    await this.ctx.storage.setAlarm(time);
  }

  async record() {
    return this.ctx.storage.get("grantkit:default");
  }
}

export default {
  fetch: () => new Response("the vaults are asked by other Workers", { status: 404 }),
};
