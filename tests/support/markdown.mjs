/**
 * @typedef {object} Section
 * @property {string} title
 * @property {string} code its blocks of JavaScript, one after the other
 * @property {string[]} commands the lines of its blocks of shell, without comments
 */

/**
 * The sections of a Markdown text; what stands before the first has the title of the whole.
 *
 * @param {string} markdown
 * @returns {Section[]}
 */
export function sections(markdown) {
  return markdown.split(/^#+ (?=.*$)/m).flatMap((section) => {
    const [title = ""] = section.split("\n");
    const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
    const of = (/** @type {string} */ language) =>
      blocks.filter((block) => block[1] === language).map((block) => block[2] ?? "");
    const commands = of("sh")
      .flatMap((block) => block.trim().split("\n"))
      .map((line) => line.replace(/ *#.*/, ""));
    return title ? [{ title, code: of("js").join("\n"), commands }] : [];
  });
}

/**
 * The first column of the table whose head has that text, without its back-ticks.
 *
 * @param {string} markdown
 * @param {string} head
 */
export function firstColumn(markdown, head) {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) => (line.split("|")[1] ?? "").trim().replaceAll("`", ""));
}

/** Where the links of a Markdown text lead that are no URLs. @param {string} markdown */
export function links(markdown) {
  return [...markdown.matchAll(/\]\(([^)#]+)[^)]*\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^\w+:/.test(target));
}
