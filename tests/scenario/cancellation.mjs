import { equal, ok, rejects } from "./assert.mjs";
import { CLIENT, plainClient, SCOPE, STORED, setUp } from "./setup.mjs";

const REASONS = [new Error("the user left"), new DOMException("gone", "AbortError"), "a reason that is text", 42];

/** @type {import("./setup.mjs").Test[]} */
export const cancellation = [
  {
    name: "a signal that is already aborted stops a call before anything is sent",
    async run(environment) {
      const { grantkit } = environment;
      const { client, fake, callback, signIn, sent } = await setUp(environment);
      const tokens = await signIn();
      const { redirect, pending } = await callback();
      const code = fake.selfClientCode({ client_id: CLIENT.client_id, scope: SCOPE });
      const before = sent.length;
      for (const reason of REASONS) {
        const options = { signal: AbortSignal.abort(reason) };
        for (const [method, call] of Object.entries({
          authorizationCodeGrant: client.authorizationCodeGrant(redirect, pending, options),
          exchangeCode: client.exchangeCode(code, options),
          refreshTokenGrant: client.refreshTokenGrant(tokens, options),
          revoke: client.revoke(tokens, options),
        })) {
          const error = await rejects(grantkit, call, { code: "aborted" }, `${method}, ${reason}`);
          ok(error.cause === reason, `${method}: the cause is the signal's reason`);
        }
      }
      equal(sent.length, before, "requests sent");
    },
  },
  {
    name: "a signal aborted in flight ends the call at once, even when fetch ignores it",
    async run({ grantkit }) {
      for (const reason of REASONS) {
        for (const method of /** @type {const} */ (["refreshTokenGrant", "revoke"])) {
          const controller = new AbortController();
          const client = plainClient(grantkit, () => {
            queueMicrotask(() => controller.abort(reason));
            return new Promise(() => {});
          });
          const call = client[method](STORED, { signal: controller.signal });
          const error = await rejects(grantkit, call, { code: "aborted" }, `${method}, ${reason}`);
          ok(error.cause === reason, `${method}: the cause is the signal's reason`);
        }
      }
    },
  },
  {
    name: "a signal aborted while the body is read ends the call at once",
    async run({ grantkit }) {
      const reason = new Error("the user left");
      const controller = new AbortController();
      const body = new ReadableStream({
        pull() {
          queueMicrotask(() => controller.abort(reason));
          return new Promise(() => {});
        },
      });
      const client = plainClient(grantkit, async () => new Response(body));
      const call = client.refreshTokenGrant(STORED, { signal: controller.signal });
      const error = await rejects(grantkit, call, { code: "aborted" }, "a stalled body");
      ok(error.cause === reason, "the cause is the signal's reason");
    },
  },
  {
    name: "the request's own signal is aborted by the caller's signal and by the timeout",
    async run({ grantkit }) {
      for (const ending of /** @type {const} */ (["aborted", "timeout"])) {
        const controller = new AbortController();
        /** @type {AbortSignal | null | undefined} */
        let signal;
        const client = plainClient(
          grantkit,
          (_url, init) => {
            signal = init.signal;
            if (ending === "aborted") queueMicrotask(() => controller.abort());
            return new Promise(() => {});
          },
          { timeoutMs: ending === "timeout" ? 30 : 10_000 },
        );
        const call = client.refreshTokenGrant(STORED, { signal: controller.signal });
        await rejects(grantkit, call, { code: ending }, ending);
        equal(signal?.aborted, true, `${ending}: the request's own signal is aborted`);
      }
    },
  },
  {
    name: "a signal that is aborted after the call has no effect",
    async run(environment) {
      const { client, signIn, sent } = await setUp(environment);
      const controller = new AbortController();
      const tokens = await signIn();
      const renewed = await client.refreshTokenGrant(tokens, { signal: controller.signal });
      environment.secrets.add(renewed.access_token);
      controller.abort();
      equal(sent.at(-1)?.init.signal?.aborted, false, "the request's own signal");
      equal(renewed.refresh_token, tokens.refresh_token, "refresh token");
    },
  },
];
