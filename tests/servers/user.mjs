/**
 * A page for the user. `callback` is set once the server has redirected the user to the client.
 *
 * @typedef {object} Page
 * @property {string} url
 * @property {string} html
 * @property {string} [callback]
 */

/** A browser for sign-in pages: stores one server's cookies, follows its redirects, submits its forms. */
export class Browser {
  /** @type {Map<string, { name: string, value: string, path: string }>} */
  #cookies = new Map();
  #redirectUri;

  /** @param {string} redirectUri the client's redirect URI, which is reported and not opened */
  constructor(redirectUri) {
    this.#redirectUri = redirectUri;
  }

  /**
   * @param {string} url
   * @param {URLSearchParams} [body] sent as a form
   * @returns {Promise<Page>}
   */
  async open(url, body) {
    const { pathname } = new URL(url);
    const cookie = [...this.#cookies.values()]
      .filter(({ path }) => pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
    const method = body ? "POST" : "GET";
    const response = await fetch(url, { method, body: body ?? null, headers: { cookie }, redirect: "manual" });
    response.headers.getSetCookie().forEach((line) => {
      this.#keep(line);
    });
    const html = await response.text();
    const location = response.headers.get("location");
    if (location?.startsWith(this.#redirectUri)) return { url, html, callback: location };
    if (location) return this.open(new URL(location, url).href);
    if (!response.ok) throw new Error(`${new URL(url).pathname} responded with ${response.status}: ${html}`);
    return { url, html };
  }

  /**
   * Submits the page's form with its values, replaced by the user's.
   *
   * @param {Page} page
   * @param {Record<string, string>} values
   */
  submit(page, values) {
    const form = /<form[^>]*>/.exec(page.html)?.[0];
    if (form === undefined) throw new Error(`no form in ${page.html}`);
    const body = new URLSearchParams();
    for (const [field] of page.html.matchAll(/<(?:input|button)[^>]*>/g)) {
      const name = attribute(field, "name");
      if (name !== undefined) body.set(name, values[name] ?? attribute(field, "value") ?? "");
    }
    return this.open(new URL(attribute(form, "action") ?? "", page.url).href, body);
  }

  /**
   * Follows the page's link with that text.
   *
   * @param {Page} page
   * @param {string} text
   */
  follow(page, text) {
    for (const [, link = "", label] of page.html.matchAll(/(<a [^>]*>)([^<]*)/g)) {
      if (label?.includes(text)) return this.open(new URL(attribute(link, "href") ?? "", page.url).href);
    }
    throw new Error(`no link ${text} in ${page.html}`);
  }

  /** @param {string} line of Set-Cookie */
  #keep(line) {
    const [pair = "", ...attributes] = line.split(/; ?/);
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    const path = attributes.find((text) => /^path=/i.test(text))?.slice("path=".length) ?? "/";
    if (value) this.#cookies.set(`${path} ${name}`, { name, value, path });
    else this.#cookies.delete(`${path} ${name}`);
  }
}

/**
 * @param {string} tag
 * @param {string} name
 */
function attribute(tag, name) {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll("&amp;", "&");
}
