import { get } from "./api.js";
import { breaking } from "./break.js";
import { connecting } from "./connect.js";
import { byId, fill } from "./element.js";
import { local } from "./local/local.js";
import { problem } from "./problem.js";
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

try {
  const config = await get("/api/config");
  begin(config);
  await loadSession();
} catch (error) {
  fill(byId("trouble"), problem(error));
} finally {
  document.body.classList.remove("loading");
}
