/**
 * What a browser does with pages that have no script: cookies, forms, redirects.
 *
 * @param {string} origin
 */
export function browser(origin) {
  /** @type {Map<string, string>} */
  const cookies = new Map();

  /**
   * @param {string} url
   * @param {Record<string, string>} [form] posted where given
   * @returns {Promise<Response>}
   */
  async function visit(url, form) {
    const { href, origin: host } = new URL(url, origin);
    const cookie = host === origin ? [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") : "";
    const response = await fetch(href, {
      redirect: "manual",
      headers: { ...(cookie && { cookie }), ...(form && { origin: host }) },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    return response;
  }

  /** Presses the button of a form that posts to a path, and returns where the browser is sent. @param {string} path */
  async function press(path, form = {}) {
    const { status, headers } = await visit(path, form);
    return { status, location: headers.get("location") ?? "" };
  }

  return {
    cookies,
    visit,
    press,
    /** The page as text. @param {string} [path] */
    page: async (path = "/") => (await visit(path)).text(),
    /**
     * Connects up to Zoho's answer: the callback's URL.
     *
     * @param {Record<string, string>} decision the fields that the user sets on the consent page
     */
    async consent(decision) {
      const { location } = await press("/connect");
      const consent = await (await fetch(location)).text();
      const hidden = [...consent.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
      const fields = Object.fromEntries(
        hidden.map(([, name = "", value = ""]) => [name, value.replaceAll("&amp;", "&")]),
      );
      const action = new URL(/<form method="post" action="([^"]+)"/.exec(consent)?.[1] ?? "", location).href;
      const { headers } = await visit(action, { ...fields, ...decision });
      return headers.get("location") ?? "";
    },
  };
}

/** What a page says, without its markup. @param {string} html */
export function text(html) {
  const words = html.replace(/<head>.*<\/head>/s, "").replaceAll(/<[^>]*>/g, " ");
  return words.replaceAll("&#39;", "'").replaceAll(/\s+/g, " ").trim();
}
