import { get } from "./api.js";
import { initBreak } from "./break.js";
import { initConnect } from "./connect.js";
import { byId, el, fill } from "./element.js";
import { errorMessage } from "./error-message.js";
import { initLocal } from "./local/local.js";
import { loadSession, onSession } from "./session.js";
import { initUse } from "./use.js";
import { initWatch } from "./watch/watch.js";

/** @param {import("./session.js").Config} config */
function init(config) {
  for (const element of document.querySelectorAll("[data-needs=fake]")) {
    /** @type {HTMLElement} */ (element).hidden = !config.fake;
  }
  byId("where").textContent = `This demo uses ${config.fake ? "a fake Zoho on your machine" : "the real Zoho"}.`;
  initWatch(config);
  initConnect(config);
  initUse();
  if (config.fake) initBreak();
  initLocal(config);
  onSession(({ connected }) => {
    document.title = connected ? "Connected · grantkit" : "grantkit";
  });
}

/** Without the server only the section "In the browser" works. @param {unknown} error */
function showOffline(error) {
  const retry = el("button", { type: "button", class: "button" }, "Try again");
  retry.addEventListener("click", () => window.location.reload());
  fill(byId("page-error"), errorMessage(error), retry);
  for (const id of ["sections", "connect", "watch", "use", "break"]) byId(id).hidden = true;
  if (!initialized) initLocal({ scopes: [], location: "us" });
}

let initialized = false;
try {
  const config = await get("/api/config");
  init(config);
  initialized = true;
  await loadSession();
} catch (error) {
  showOffline(error);
} finally {
  document.body.classList.remove("loading");
}
