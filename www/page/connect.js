import { PageError } from "./api.js";
import { fillDataCentres } from "./data-centres.js";
import { breakable, byId, control, el, fill } from "./element.js";
import { errorMessage } from "./error-message.js";
import { initGrant } from "./grant.js";
import { initSelfClient } from "./self-client.js";
import { onSession } from "./session.js";
import { initTabs } from "./tabs.js";
import { since } from "./watch/stream.js";

/** @param {import("./session.js").Config} config */
export function initConnect(config) {
  const forms = byId("connecting");
  initTabs(/** @type {HTMLElement} */ (forms.querySelector("[role=tablist]")));
  initWebApplication(config);
  initSelfClient(config);
  initGrant();

  const state = byId("connection");
  const ended = byId("ended");
  let wasConnected = false;
  onSession(({ connected, location }) => {
    fill(ended, wasConnected && !connected && endReason());
    wasConnected = connected;
    state.textContent = connected ? `Connected, ${location}` : "Not connected";
    state.dataset.state = connected ? "live" : "off";
    byId("connect-title").textContent = connected ? "Connection" : "Connect";
    forms.hidden = connected;
    byId("granted").hidden = !connected;
  });
}

/** Why the connection ended, unless the user of this page disconnected. */
function endReason() {
  const last = since(0).findLast(({ from, to }) => from === "vault" && to === "accounts");
  if (last?.code !== "reauthorization_required") return undefined;
  return errorMessage(new PageError(last.code, "Zoho no longer accepts the refresh token of this connection"));
}

/** @param {import("./session.js").Config} config */
function initWebApplication({ locations, location, scopes }) {
  const form = byId("web-form", HTMLFormElement);
  fillDataCentres(control(form, "location"), locations, location);
  fill(byId("web-scopes"), ...scopes.map(scopeChoice));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const scopes = data.getAll("scope");
    const status = byId("web-status");
    if (scopes.length === 0) {
      status.textContent = "Choose at least one scope.";
      /** @type {HTMLElement} */ (form.querySelector("[name=scope]")).focus();
      return;
    }
    status.textContent = "Opening the consent page …";
    const query = new URLSearchParams({ location: `${data.get("location")}`, scope: scopes.join(",") });
    if (data.has("prompt")) query.set("prompt", "consent");
    // A navigation instead of a fetch, because the consent page has another origin.
    window.location.assign(`/login?${query}`);
  });
  // The back button restores the page with the status that it had.
  window.addEventListener("pageshow", () => fill(byId("web-status")));
}

/** @param {{ scope: string, label: string }} scope */
function scopeChoice({ scope, label }) {
  return el(
    "label",
    { class: "choice" },
    el("input", { type: "checkbox", name: "scope", value: scope, checked: true }),
    el("span", {}, label, " ", el("code", {}, ...breakable(scope))),
  );
}
