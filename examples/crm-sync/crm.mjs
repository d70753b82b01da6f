// The calls of Zoho CRM's API that the sync makes.

/** Lists may show a change a little after its time. */
const OVERLAP_MS = 60_000;

/** An answer that is no success. */
export class CrmError extends Error {
  /** @param {number} status @param {{ code: string, message: string }} body */
  constructor(status, { code, message }) {
    super(`the CRM answers HTTP ${status}: ${message}`);
    this.code = code;
    this.isOfPageToken = ["EXPIRED_VALUE", "TOKEN_BOUND_DATA_MISMATCH"].includes(code);
  }
}

/** @param {{ fetch: (path: string, init: RequestInit) => Promise<Response> }} manager a TokenManager, or what calls as one does */
export function openCrm(manager) {
  /** @param {string} path @param {string | null} [since] */
  async function get(path, since) {
    const answer = await manager.fetch(`/crm/v8/${path}`, { headers: since ? { "if-modified-since": since } : {} });
    // 204 for nothing, 304 for nothing that is newer.
    const body = [204, 304].includes(answer.status) ? {} : await answer.json();
    if (answer.status >= 400) throw new CrmError(answer.status, body);
    return { data: [], info: undefined, ...body, date: dateOf(answer) };
  }

  return {
    /**
     * @param {string} module
     * @param {string[]} fields
     * @param {string | null} [since] only what changed after that time
     * @param {string | null} [page_token] the `next` of the page before; the other arguments must be the same
     * @returns {Promise<{ records: Record<string, unknown>[], next: string | undefined, date: string }>}
     */
    async page(module, fields, since, page_token) {
      // By id: a record that changes meanwhile stays where it is in the list.
      const query = new URLSearchParams({ fields: `${fields}`, per_page: "200", sort_by: "id", sort_order: "asc" });
      if (page_token) query.set("page_token", page_token);
      const { data, info, date } = await get(`${module}?${query}`, since);
      return { records: data, next: info?.more_records ? info.next_page_token : undefined, date };
    },

    /** The ids of what was deleted after a time. @param {string} module @param {string} since */
    async deleted(module, since) {
      const ids = [];
      let date;
      for (let [page, more] = [1, true]; more; page += 1) {
        const answer = await get(`${module}/deleted?type=all&page=${page}`, since);
        ids.push(...answer.data.map((/** @type {{ id: string }} */ { id }) => id));
        more = answer.info?.more_records ?? false;
        date ??= answer.date;
      }
      return { ids, date };
    },

    /** How many records there are. @param {string} module @returns {Promise<number>} */
    async count(module) {
      return Number((await get(`${module}/actions/count`)).count);
    },
  };
}

/** What to ask from next time. By the server's clock, since this machine's may differ. @param {Response} answer */
function dateOf({ headers }) {
  const now = Date.parse(headers.get("date") ?? "") || Date.now();
  return new Date(now - OVERLAP_MS).toISOString().replace(/\.\d+Z$/, "+00:00");
}
