import { Failure, post } from "./api.js";
import { dataCentreName } from "./data-centres.js";
import { breakable, byId, el, fill } from "./element.js";
import { meaning, problem } from "./error-message.js";
import { busy } from "./progress.js";
import { loadSession, onSession } from "./session.js";

/** What the connection is, and its end. */
export function granting() {
  const button = byId("disconnect");
  const trouble = byId("disconnect-problem");
  const failure = byId("grant-problem");
  const facts = byId("grant");

  let was = false;
  onSession((session) => {
    // What is told of the connection before it.
    if (session.connected && !was) fill(trouble);
    was = session.connected;
    if (!session.connected) return;
    fill(facts, ...rows(session).map(([name, ...value]) => el("div", {}, el("dt", {}, name), el("dd", {}, ...value))));
    const told = session.failure && problem(failureOf(session));
    // Sessions come with every event, and an alert that is filled is read out.
    if (failure.textContent !== (told ? told.textContent : "")) fill(failure, told);
  });

  button.addEventListener("click", async () => {
    await busy({ button, said: byId("grant-said"), doing: "Revoking at Zoho", trouble }, () => post("/api/disconnect"));
    await loadSession().catch((error) => fill(trouble, problem(error)));
    // The button is gone; what can be done next has the focus.
    if (byId("granted").hidden) byId("tab-web").focus();
  });
}

/** @param {import("./session.js").Session} session @returns {[string, ...(Node | string)[]][]} */
function rows(session) {
  const { kind, location = "", accounts_server, api_domain, scope = "", access_token, refresh_token } = session;
  const code = (/** @type {string | undefined} */ text) => el("code", {}, ...breakable(text ?? "none"));
  return [
    ["By", kind === "self" ? "Self Client" : "Web application"],
    ["Data centre", `${dataCentreName(location)} (${location})`],
    ["Tokens from", code(hostOf(accounts_server))],
    ["API at", code(hostOf(api_domain))],
    [
      "Scopes",
      el(
        "ul",
        { class: "plain" },
        ...scope
          .split(" ")
          .filter(Boolean)
          .map((one) => el("li", {}, code(one))),
      ),
    ],
    ["Access token", code(access_token), " ends so; the rest stays on the server"],
    ["Refresh token", code(refresh_token), " until it is revoked"],
  ];
}

/** @param {string | undefined} origin */
function hostOf(origin) {
  return origin && new URL(origin).host;
}

/** @param {import("./session.js").Session} session */
function failureOf({ failure = "", retry_at, now }) {
  const happened = meaning(failure)?.happened ?? "the last refresh failed";
  const retryAfter = retry_at === undefined ? undefined : Math.max(1, Math.ceil(retry_at - now));
  return new Failure(failure, `the last refresh failed: ${happened}`, {
    retryable: retryAfter !== undefined,
    retryAfter,
  });
}
