import { byId } from "../element.js";
import { loadSession, onSession } from "../session.js";
import { diagram } from "./diagram.js";
import { budgetDots, lifetimeRing } from "./gauges.js";
import { onEvent, openStream } from "./stream.js";

const RETRY_MS = 1000;

/** @param {import("../session.js").Config} config */
export function initWatch({ budget }) {
  const state = byId("stream");
  const { add } = diagram(byId("diagram"));
  const ring = lifetimeRing(byId("life"));
  const dots = budgetDots(byId("budget"), budget);

  /** @param {"live" | "waiting" | "ended"} current */
  const showState = (current) => {
    state.textContent = current === "live" ? "Live" : "Waiting for the server";
    state.dataset.state = current;
    if (current === "ended") setTimeout(reconnect, RETRY_MS);
  };

  /** Loads the session first, because it may have ended. */
  const reconnect = () => {
    loadSession().then(
      () => openStream(showState),
      () => setTimeout(reconnect, RETRY_MS),
    );
  };

  onEvent((event) => {
    add(event);
    // The request may have changed the session.
    if (event.from === "browser") reloadSession();
  });

  /** The state of the session whose stream is open. @type {boolean | undefined} */
  let connected;
  onSession((session) => {
    ring.show(session);
    dots.show(session);
    // Each session has its own stream.
    if (connected !== session.connected) openStream(showState);
    connected = session.connected;
  });
}

function reloadSession() {
  // The state of the stream shows that the server cannot be reached.
  loadSession().catch(() => {});
}
