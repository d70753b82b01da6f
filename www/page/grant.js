import { PageError, post } from "./api.js";
import { dataCentreName } from "./data-centres.js";
import { breakable, byId, el, fill } from "./element.js";
import { errorMessage, errorRow } from "./error-message.js";
import { withProgress } from "./progress.js";
import { loadSession, onSession } from "./session.js";

/** Shows the current grant, and disconnects it. */
export function initGrant() {
  const button = byId("disconnect");
  const alert = byId("disconnect-problem");
  const refreshError = byId("grant-problem");
  const facts = byId("grant");

  let wasConnected = false;
  onSession((session) => {
    // A new connection clears the error of the previous one.
    if (session.connected && !wasConnected) fill(alert);
    wasConnected = session.connected;
    if (!session.connected) return;
    fill(facts, ...rows(session).map(([name, ...value]) => el("div", {}, el("dt", {}, name), el("dd", {}, ...value))));
    const message = session.failure && errorMessage(refreshErrorOf(session));
    // A screen reader announces an alert whenever it is filled, so it is filled only when its text changes.
    if (refreshError.textContent !== (message ? message.textContent : "")) fill(refreshError, message);
  });

  button.addEventListener("click", async () => {
    const options = { button, status: byId("grant-status"), label: "Revoking at Zoho", alert };
    await withProgress(options, () => post("/api/disconnect"));
    await loadSession().catch((error) => fill(alert, errorMessage(error)));
    // The button is hidden now, so the focus moves to the next possible action.
    if (byId("granted").hidden) byId("tab-web").focus();
  });
}

/** @param {import("./session.js").Session} session @returns {[string, ...(Node | string)[]][]} */
function rows(session) {
  const { kind, location = "", accounts_server, api_domain, scope = "", access_token, refresh_token } = session;
  const code = (/** @type {string | undefined} */ text) => el("code", {}, ...breakable(text ?? "none"));
  return [
    ["Client", kind === "self" ? "Self Client" : "Web application"],
    ["Data centre", `${dataCentreName(location)} (${location})`],
    ["Accounts server", code(hostOf(accounts_server))],
    ["API domain", code(hostOf(api_domain))],
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
    ["Access token", code(access_token), " stays on the server"],
    ["Refresh token", code(refresh_token), " is valid until it is revoked"],
  ];
}

/** @param {string | undefined} origin */
function hostOf(origin) {
  return origin && new URL(origin).host;
}

/** @param {import("./session.js").Session} session */
function refreshErrorOf({ failure = "", retry_at, now }) {
  const happened = errorRow(failure)?.happened ?? failure;
  const message = `the last refresh failed: ${happened.charAt(0).toLowerCase()}${happened.slice(1)}`;
  const retryAfter = retry_at === undefined ? undefined : Math.max(1, Math.ceil(retry_at - now));
  return new PageError(failure, message, { retryable: retryAfter !== undefined, retryAfter });
}
