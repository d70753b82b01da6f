import { request } from "./api.js";
import { byId, el, fill } from "./element.js";
import { busy } from "./progress.js";
import { onSession } from "./session.js";

/** @typedef {Record<string, any>} CrmRecord */
/** @typedef {{ field: string, title: string, number?: boolean, text?: (value: any) => string }} Column */

const PER_PAGE = 8;

/** What is shown of a module; the first column names the record. @type {Record<string, Column[]>} */
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

export function records() {
  const form = byId("use-form", HTMLFormElement);
  const room = byId("records");
  const button = byId("load");
  const places = { button, said: byId("use-said"), trouble: byId("use-problem") };
  let wanted = { module: "Leads", page: 1 };
  let loading = false;

  /** Shows what is wanted, which may change while it is loaded. */
  async function load() {
    if (loading) return;
    loading = true;
    try {
      for (let shown; shown !== wanted; ) {
        shown = wanted;
        await show(shown);
      }
    } finally {
      loading = false;
    }
  }

  /** @param {typeof wanted} one */
  async function show(one) {
    const { module, page } = one;
    fill(room, skeleton(module));
    const answer = await busy({ ...places, doing: `Loading ${module.toLowerCase()}` }, () =>
      request(crmPath(module, page)),
    );
    if (one !== wanted) return;
    if (!answer) return fill(room);
    const { data = [], info } = answer.body ?? {};
    fill(room, data.length > 0 ? table(module, data) : nothing(module), pager(one, info));
    byId("use-said").textContent = `${data.length} ${module.toLowerCase()}, page ${page}.`;
  }

  /** @param {typeof wanted} shown @param {{ more_records?: boolean } | undefined} info */
  function pager({ module, page }, info) {
    const turn = (/** @type {string} */ name, /** @type {number} */ step, /** @type {boolean} */ there) => {
      const one = el("button", { type: "button", class: "button small", disabled: !there }, name);
      one.addEventListener("click", () => {
        wanted = { module, page: page + step };
        load().then(() => button.focus());
      });
      return one;
    };
    return el(
      "div",
      { class: "pager" },
      el("span", { class: "page-number" }, `Page ${page}`),
      turn("Previous", -1, page > 1),
      turn("Next", 1, info?.more_records === true),
    );
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    load();
  });
  form.addEventListener("change", () => {
    wanted = { module: `${new FormData(form).get("module")}`, page: 1 };
    load();
  });

  onSession(({ connected }) => {
    for (const control of form.querySelectorAll("input, button")) {
      /** @type {HTMLInputElement} */ (control).disabled = !connected;
    }
    if (!connected) {
      fill(places.trouble);
      fill(room, el("p", { class: "empty" }, "No connection, so no records."));
    } else if (!room.querySelector("table, .skeleton-rows")) {
      fill(room, el("p", { class: "empty" }, "Choose a module, or load the leads."));
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
    el("caption", { class: "hidden-label" }, `${module}, the newest first`),
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
function nothing(module) {
  return el("p", { class: "empty" }, `This organisation has no ${module.toLowerCase()} here.`);
}

/** @param {string} module */
function skeleton(module) {
  const columns = COLUMNS[module] ?? [];
  const rows = Array.from({ length: PER_PAGE + 1 }, () =>
    el("div", { class: "skeleton-row" }, ...columns.map(() => el("i"))),
  );
  return el("div", { class: "skeleton-rows", "aria-hidden": "true" }, ...rows);
}
