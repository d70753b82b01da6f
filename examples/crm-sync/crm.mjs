// The requests to the Zoho CRM API that the sync makes.

/** A change can appear in a list a little after its Modified_Time. */
const OVERLAP_MS = 60_000;

/** An error response of the CRM. */
export class CrmError extends Error {
  /** @param {number} status @param {{ code: string, message: string }} body */
  constructor(status, { code, message }) {
    super(`the CRM returned HTTP ${status}: ${message}`);
    this.code = code;
    this.isPageTokenError = ["EXPIRED_VALUE", "TOKEN_BOUND_DATA_MISMATCH"].includes(code);
  }
}

/** @param {{ fetch: (path: string, init: RequestInit) => Promise<Response> }} manager a TokenManager, or anything with its `fetch` */
export function openCrm(manager) {
  /** @param {string} path @param {string | null} [since] */
  async function get(path, since) {
    const response = await manager.fetch(`/crm/v8/${path}`, { headers: since ? { "if-modified-since": since } : {} });
    // 204: there are no records. 304: none changed.
    const body = [204, 304].includes(response.status) ? {} : await response.json();
    if (response.status >= 400) throw new CrmError(response.status, body);
    return { data: [], info: undefined, ...body, date: dateOf(response) };
  }

  return {
    /**
     * @param {string} module
     * @param {string[]} fields
     * @param {string | null} [since] only records that changed after this time
     * @param {string | null} [page_token] `next` of the page before; the other arguments must not change
     * @returns {Promise<{ records: Record<string, unknown>[], next: string | undefined, date: string }>}
     */
    async page(module, fields, since, page_token) {
      // Sorted by id, a record that changes during the sync keeps its position in the list.
      const query = new URLSearchParams({ fields: `${fields}`, per_page: "200", sort_by: "id", sort_order: "asc" });
      if (page_token) query.set("page_token", page_token);
      const { data, info, date } = await get(`${module}?${query}`, since);
      return { records: data, next: info?.more_records ? info.next_page_token : undefined, date };
    },

    /** The ids of the records that were deleted after a time. @param {string} module @param {string} since */
    async deleted(module, since) {
      const ids = [];
      let date;
      for (let [page, more] = [1, true]; more; page += 1) {
        const { data, info, date: received } = await get(`${module}/deleted?type=all&page=${page}`, since);
        ids.push(...data.map((/** @type {{ id: string }} */ { id }) => id));
        more = info?.more_records ?? false;
        date ??= received;
      }
      return { ids, date };
    },

    /** The number of records. @param {string} module @returns {Promise<number>} */
    async count(module) {
      return Number((await get(`${module}/actions/count`)).count);
    },
  };
}

/** The `since` of the next sync, by the server's clock, since this machine's can differ. @param {Response} response */
function dateOf({ headers }) {
  const now = Date.parse(headers.get("date") ?? "") || Date.now();
  return new Date(now - OVERLAP_MS).toISOString().replace(/\.\d+Z$/, "+00:00");
}
