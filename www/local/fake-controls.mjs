import { createRequire } from "node:module";
import { USERS } from "./fake-zoho.mjs";

// Required instead of imported, because its type declarations refer to files that the package does not contain.
const { Response } = createRequire(import.meta.url)("miniflare");

const ENDPOINTS = /** @type {const} */ (["token", "revoke", "api"]);

/**
 * The service behind the Worker's binding FAKE, which controls the fake Zoho.
 *
 * @param {import("grantkit/testing").FakeZoho} fake
 * @returns {(request: Request) => Promise<Response>}
 */
export function fakeControls(fake) {
  /** @type {Record<string, (parameters: any) => unknown>} */
  const controls = {
    describe: () => ({ users: USERS }),
    "generate-code": (parameters) => ({ code: fake.selfClientCode(parameters) }),
    advance: ({ seconds }) => fake.advance(seconds),
    fail: ({ endpoint, how, times }) => fake.fail(endpoint, how, times),
    heal() {
      for (const endpoint of ENDPOINTS) fake.fail(endpoint, "empty", 0);
    },
    revoke: () => fake.revokeAll(),
  };
  return async (request) => {
    const control = controls[new URL(request.url).pathname.slice(1)];
    if (!control) return Response.json({ message: "the fake Zoho has no such control" }, { status: 404 });
    try {
      return Response.json(control(await request.json()) ?? {});
    } catch (error) {
      return Response.json({ message: /** @type {Error} */ (error).message }, { status: 400 });
    }
  };
}
