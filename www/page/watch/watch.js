import { byId } from "../element.js";
import { loadSession, onSession } from "../session.js";
import { diagram } from "./diagram.js";
import { budgetDots, lifeRing } from "./gauges.js";
import { onEvent, openStream } from "./stream.js";

const AGAIN_MS = 1000;

/** @param {import("../session.js").Config} config */
export function watching({ budget }) {
  const state = byId("stream");
  const { add } = diagram(byId("diagram"));
  const life = lifeRing(byId("life"));
  const dots = budgetDots(byId("budget"), budget);

  /** @param {"live" | "waiting" | "ended"} now */
  const tell = (now) => {
    state.textContent = now === "live" ? "Live" : "Waiting for the server";
    state.dataset.state = now;
    if (now === "ended") setTimeout(again, AGAIN_MS);
  };

  /** Asks for the session first, which may be gone. */
  const again = () => {
    loadSession().then(
      () => openStream(tell),
      () => setTimeout(again, AGAIN_MS),
    );
  };

  onEvent((event) => {
    add(event);
    // What the vault did may have changed what there is to show of it.
    if (event.from === "browser") refresh();
  });

  /** Whether the stream that is open is that of a connection. @type {boolean | undefined} */
  let connected;
  onSession((session) => {
    life.show(session);
    dots.show(session);
    // The stream is the session's, so it begins with that, and anew with another.
    if (connected !== session.connected) openStream(tell);
    connected = session.connected;
  });
}

function refresh() {
  // A server that is away is told of by the stream's own state.
  loadSession().catch(() => {});
}
