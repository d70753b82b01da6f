import { Failure } from "./api.js";
import { fillDataCentres } from "./data-centres.js";
import { breakable, byId, control, el, fill } from "./element.js";
import { problem } from "./error-message.js";
import { granting } from "./grant.js";
import { selfClient } from "./self-client.js";
import { onSession } from "./session.js";
import { tabs } from "./tabs.js";
import { since } from "./watch/stream.js";

/** @param {import("./session.js").Config} config */
export function connecting(config) {
  const choice = byId("connecting");
  tabs(/** @type {HTMLElement} */ (choice.querySelector("[role=tablist]")));
  webApplication(config);
  selfClient(config);
  granting();

  const state = byId("connection");
  const ended = byId("ended");
  let was = false;
  onSession(({ connected, location }) => {
    fill(ended, was && !connected && reasonOfEnd());
    was = connected;
    state.textContent = connected ? `Connected, ${location}` : "Not connected";
    state.dataset.state = connected ? "live" : "off";
    byId("connect-title").textContent = connected ? "Connection" : "Connect";
    choice.hidden = connected;
    byId("granted").hidden = !connected;
  });
}

/** Why the connection ended, where it was not the user of this page who ended it. */
function reasonOfEnd() {
  const last = since(0).findLast(({ from, to }) => from === "vault" && to === "accounts");
  if (last?.code !== "reauthorization_required") return undefined;
  return problem(new Failure(last.code, "the connection has ended: Zoho does not take its refresh token any more"));
}

/** @param {import("./session.js").Config} config */
function webApplication({ locations, location, scopes }) {
  const form = byId("web-form", HTMLFormElement);
  fillDataCentres(control(form, "location"), locations, location);
  fill(byId("web-scopes"), ...scopes.map(scopeChoice));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = new FormData(form);
    const wanted = chosen.getAll("scope");
    const said = byId("web-said");
    if (wanted.length === 0) {
      said.textContent = "Choose at least one scope.";
      /** @type {HTMLElement} */ (form.querySelector("[name=scope]")).focus();
      return;
    }
    said.textContent = "Going to the consent page …";
    const query = new URLSearchParams({ location: `${chosen.get("location")}`, scope: wanted.join(",") });
    if (chosen.has("prompt")) query.set("prompt", "consent");
    // The consent page is of another origin; the browser goes there itself.
    window.location.assign(`/login?${query}`);
  });
  // A browser that comes back by its history shows the page as it was left.
  window.addEventListener("pageshow", () => fill(byId("web-said")));
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
