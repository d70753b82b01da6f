/**
 * Tabs as the ARIA Authoring Practices describe them: one tab stop, arrows, Home and End; the chosen one is shown at once.
 *
 * @param {HTMLElement} list with role tablist
 */
export function tabs(list) {
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);

  /** @param {HTMLElement} chosen */
  function choose(chosen) {
    for (const tab of all) {
      const selected = tab === chosen;
      tab.setAttribute("aria-selected", `${selected}`);
      tab.tabIndex = selected ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      if (!panel) continue;
      panel.hidden = !selected;
      // It begins with text, which a keyboard reaches only so.
      panel.tabIndex = 0;
    }
  }

  for (const tab of all) if (tab.getAttribute("aria-selected") === "true") choose(tab);
  for (const [index, tab] of all.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", ({ key }) => {
      const last = all.length - 1;
      const steps = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: last };
      const wanted = steps[/** @type {keyof typeof steps} */ (key)];
      const next = wanted === undefined ? undefined : all[(wanted + all.length) % all.length];
      if (!next) return;
      choose(next);
      next.focus();
    });
  }
}
