import { request } from "./api.js";
import { byId, el, fill } from "./element.js";
import { withProgress } from "./progress.js";
import { onSession } from "./session.js";

/** @typedef {Record<string, any>} CrmRecord */
/** @typedef {{ field: string, title: string, number?: boolean, text?: (value: any) => string }} Column */

const PER_PAGE = 8;

/** The columns of each module. The first one identifies the record. @type {Record<string, Column[]>} */
const COLUMNS = {
  Leads: [
    { field: "Full_Name", title: "Name" },
    { field: "Company", title: "Company" },
    { field: "City", title: "City" },
    { field: "Lead_Status", title: "Status" },
  ],
  Contacts: [
    { field: "Full_Name", title: "Name" },
    { field: "Account_Name", title: "Account", text: (account) => account?.name ?? "" },
    { field: "Mailing_City", title: "City" },
    { field: "Lead_Source", title: "Source" },
  ],
  Products: [
    { field: "Product_Name", title: "Name" },
    { field: "Product_Code", title: "Code" },
    { field: "Unit_Price", title: "Price", number: true, text: (price) => Number(price).toFixed(2) },
    { field: "Qty_in_Stock", title: "In stock", number: true },
  ],
};

/** @param {string} module @param {number} page */
export function crmPath(module, page = 1) {
  const fields = (COLUMNS[module] ?? []).map(({ field }) => field).join(",");
  return `/api/crm/v8/${module}?${new URLSearchParams({ fields, per_page: `${PER_PAGE}`, page: `${page}` })}`;
}

export function initUse() {
  const form = byId("use-form", HTMLFormElement);
  const container = byId("records");
  const button = byId("load");
  const status = byId("use-status");
  const alert = byId("use-problem");
  let selection = { module: "Leads", page: 1 };
  let loading = false;

  /** Loads the selection, and loads again if it has changed meanwhile. */
  async function load() {
    if (loading) return;
    loading = true;
    try {
      for (let shown; shown !== selection; ) {
        shown = selection;
        await show(shown);
      }
    } finally {
      loading = false;
    }
  }

  /** @param {typeof selection} shown */
  async function show(shown) {
    const { module, page } = shown;
    fill(container, skeleton(module));
    const response = await withProgress({ button, status, alert, label: `Loading ${module.toLowerCase()}` }, () =>
      request(crmPath(module, page)),
    );
    if (shown !== selection) return;
    if (!response) return fill(container);
    const { data = [], info } = response.body ?? {};
    fill(container, data.length > 0 ? table(module, data) : emptyMessage(module), pager(shown, info));
    status.textContent = `${data.length} ${module.toLowerCase()}, page ${page}.`;
  }

  /** @param {typeof selection} shown @param {{ more_records?: boolean } | undefined} info */
  function pager({ module, page }, info) {
    const pageButton = (/** @type {string} */ name, /** @type {number} */ step, /** @type {boolean} */ exists) => {
      const turn = el("button", { type: "button", class: "button small", disabled: !exists }, name);
      turn.addEventListener("click", () => {
        selection = { module, page: page + step };
        load().then(() => button.focus());
      });
      return turn;
    };
    return el(
      "div",
      { class: "pager" },
      el("span", { class: "page-number" }, `Page ${page}`),
      pageButton("Previous", -1, page > 1),
      pageButton("Next", 1, info?.more_records === true),
    );
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    load();
  });
  form.addEventListener("change", () => {
    selection = { module: `${new FormData(form).get("module")}`, page: 1 };
    load();
  });

  onSession(({ connected }) => {
    for (const control of form.querySelectorAll("input, button")) {
      /** @type {HTMLInputElement} */ (control).disabled = !connected;
    }
    if (!connected) {
      fill(alert);
      fill(container, el("p", { class: "empty" }, "Connect to load records."));
    } else if (!container.querySelector("table, .skeleton-rows")) {
      fill(container, el("p", { class: "empty" }, "Choose a module, then select Load."));
    }
  });
}

/** @param {string} module @param {CrmRecord[]} data */
function table(module, data) {
  const columns = COLUMNS[module] ?? [];
  const cell = (
    /** @type {CrmRecord} */ record,
    /** @type {Column} */ { field, number, text = String },
    /** @type {number} */ index,
  ) => {
    const shown = record[field] === null || record[field] === undefined ? "" : text(record[field]);
    return index === 0 ? el("th", { scope: "row" }, shown) : el("td", { class: number && "number" }, shown);
  };
  return el(
    "table",
    {},
    el("caption", { class: "hidden-label" }, `${module}, newest first`),
    el(
      "thead",
      {},
      el("tr", {}, ...columns.map(({ title, number }) => el("th", { scope: "col", class: number && "number" }, title))),
    ),
    el(
      "tbody",
      {},
      ...data.map((record) => el("tr", {}, ...columns.map((column, index) => cell(record, column, index)))),
    ),
  );
}

/** @param {string} module */
function emptyMessage(module) {
  return el("p", { class: "empty" }, `This organisation has no ${module.toLowerCase()}.`);
}

/** @param {string} module */
function skeleton(module) {
  const columns = COLUMNS[module] ?? [];
  const rows = Array.from({ length: PER_PAGE + 1 }, () =>
    el("div", { class: "skeleton-row" }, ...columns.map(() => el("i"))),
  );
  return el("div", { class: "skeleton-rows", "aria-hidden": "true" }, ...rows);
}
