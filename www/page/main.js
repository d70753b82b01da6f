import { get } from "./api.js";
import { breaking } from "./break.js";
import { connecting } from "./connect.js";
import { byId, el, fill } from "./element.js";
import { problem } from "./error-message.js";
import { local } from "./local/local.js";
import { loadSession, onSession } from "./session.js";
import { records } from "./use.js";
import { watching } from "./watch/watch.js";

/** @param {import("./session.js").Config} config */
function begin(config) {
  for (const part of document.querySelectorAll("[data-needs=fake]")) {
    /** @type {HTMLElement} */ (part).hidden = !config.fake;
  }
  byId("where").textContent = `Zoho here is ${config.fake ? "a fake on your machine" : "the real one"}.`;
  watching(config);
  connecting(config);
  records();
  if (config.fake) breaking();
  local(config);
  onSession(({ connected }) => {
    document.title = connected ? "Connected · grantkit" : "grantkit";
  });
}

/** What needs the server is not shown without it; the rest works. @param {unknown} error */
function away(error) {
  const again = el("button", { type: "button", class: "button" }, "Try again");
  again.addEventListener("click", () => window.location.reload());
  fill(byId("trouble"), problem(error), again);
  for (const id of ["sections", "connect", "watch", "use", "break"]) byId(id).hidden = true;
  if (!begun) local({ scopes: [], location: "us" });
}

let begun = false;
try {
  const config = await get("/api/config");
  begin(config);
  begun = true;
  await loadSession();
} catch (error) {
  away(error);
} finally {
  document.body.classList.remove("loading");
}
