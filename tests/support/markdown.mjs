/** @typedef {{ language: string, text: string }} Block */

/**
 * @typedef {object} Section
 * @property {string} title
 * @property {Block[]} blocks of code
 * @property {string} code its blocks of JavaScript, joined
 * @property {string[]} commands the lines of its blocks of shell, without comments
 */

/** Blocks of code, fenced by backticks. */
const FENCED = /^```(\w*)\n(.*?)^```$/gms;

/**
 * The sections of a Markdown text. Lines in code are not headings.
 *
 * @param {string} markdown
 * @returns {Section[]}
 */
export function sections(markdown) {
  /** @type {Block[]} */
  const blocks = [];
  const prose = markdown.replace(FENCED, (_, language, text) => `\0${blocks.push({ language, text }) - 1}\0`);
  return prose
    .split(/^#+ (?=.*$)/m)
    .slice(1)
    .map((section) => {
      const [title = ""] = section.split("\n");
      const own = [...section.matchAll(/\0(\d+)\0/g)].flatMap(([, index]) => blocks[Number(index)] ?? []);
      const of = (/** @type {string} */ language) =>
        own.flatMap((block) => (block.language === language ? block.text : []));
      const commands = of("sh")
        .flatMap((block) => block.trim().split("\n"))
        .map((line) => line.replace(/ *#.*/, ""))
        .filter(Boolean);
      return { title, blocks: own, code: of("js").join("\n"), commands };
    });
}

/**
 * The rows of the table whose first column has that heading: the cells of each, without backticks.
 *
 * @param {string} markdown
 * @param {string} head
 */
export function rows(markdown, head) {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  const row = (/** @type {string} */ line) => line.split(/(?<!\\)\|/).slice(1, -1);
  return lines.slice(start + 2, end).map((line) => row(line).map((cell) => cell.trim().replaceAll("`", "")));
}

/** The first column of such a table. @param {string} markdown @param {string} head */
export function firstColumn(markdown, head) {
  return rows(markdown, head).map(([cell = ""]) => cell);
}

/** The targets of all links of a Markdown text, including images. @param {string} markdown */
export function targets(markdown) {
  const prose = markdown.replace(FENCED, "");
  const references = [...prose.matchAll(/^\[[^\]^][^\]]*\]: *(\S+)$/gm)];
  return [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g), ...references].map(([, target = ""]) => target);
}

/** The files that the links of a Markdown text target. @param {string} markdown */
export function links(markdown) {
  return targets(markdown).flatMap((target) => (/^(\w+:|#)/.test(target) ? [] : target.replace(/#.*/, "")));
}

/** The anchors of headings, as forges generate them. @param {string} markdown */
export function anchors(markdown) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  const titles = sections(markdown).map(({ title }) => title.replaceAll(/[`*]|\[([^\]]*)\]\([^)]*\)/g, "$1"));
  return titles.map((title) => {
    const name = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return times === 0 ? name : `${name}-${times}`;
  });
}
