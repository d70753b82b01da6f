/**
 * Tabs as in the ARIA Authoring Practices: one tab stop, arrow keys, Home and End. A panel is shown when its tab gets the
 * focus.
 *
 * @param {HTMLElement} list with role tablist
 */
export function initTabs(list) {
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);

  /** @param {HTMLElement} selected */
  function select(selected) {
    for (const tab of tabs) {
      const isSelected = tab === selected;
      tab.setAttribute("aria-selected", `${isSelected}`);
      tab.tabIndex = isSelected ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "");
      if (!panel) continue;
      panel.hidden = !isSelected;
      // A panel that starts with text needs a tab stop of its own.
      panel.tabIndex = 0;
    }
  }

  for (const tab of tabs) if (tab.getAttribute("aria-selected") === "true") select(tab);
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", ({ key }) => {
      const last = tabs.length - 1;
      const steps = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: last };
      const target = steps[/** @type {keyof typeof steps} */ (key)];
      const next = target === undefined ? undefined : tabs[(target + tabs.length) % tabs.length];
      if (!next) return;
      select(next);
      next.focus();
    });
  }
}
