/** What a runner hands to a bundle. */
declare var given: Parameters<typeof import("./walk.js").walk>[1];
/** What the bundle hands back. */
declare var outcome: ReturnType<typeof import("./walk.js").walk>;
