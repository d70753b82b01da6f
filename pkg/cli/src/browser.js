// Opens a URL where the user looks at pages. A bundle of its own, since `login` alone needs it.

import open from "open";

/** @param {string} url @returns {Promise<boolean>} whether something was started; whether a page is shown nobody can know */
export async function openBrowser(url) {
  try {
    const started = await open(url);
    // What it reports later is of no use: the URL was printed too.
    started.on("error", () => {});
    return true;
  } catch {
    return false;
  }
}
