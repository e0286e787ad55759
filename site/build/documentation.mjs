// The documentation: docs/ as pages, and what they are searched by.
import * as fs from "node:fs";
import * as path from "node:path";
import { marked } from "marked";
import { parse } from "smol-toml";
import { escape, inRepository, inline, read, texts } from "./markup.mjs";

const SOURCE = "https://github.com/corsage-rs/corsage/blob/main/";

/** The guides, and a page for each code; in Russian where there is one. */
export function documentation(language) {
  const guides = fs.readdirSync(inRepository("docs")).filter((name) => name.endsWith(".md") && published(`docs/${name}`));
  const codes = fs.readdirSync(inRepository("docs/codes")).filter((name) => name !== "README.md").map((name) => `codes/${name}`);
  const translated = codeTitles(language);
  return [...guides, ...codes].map((name) => {
    const inRussian = language === "ru" && fs.existsSync(inRepository(`docs/ru/${name}`));
    const source = read(inRussian ? `docs/ru/${name}` : `docs/${name}`);
    const isCode = name.startsWith("codes/");
    const title = (/^# (.*)$/m.exec(source)?.[1] ?? name).replaceAll("`", "");
    const words = isCode ? translated.get(path.basename(name, ".md")) : undefined;
    const said = language === "ru" && words ? `<div lang="ru">${Object.values(words).map((one) => `<p>${inline(one)}</p>`).join("")}</div><hr>` : "";
    const html = `${said}<div${language === "ru" && !inRussian ? ' lang="en"' : ""}>${linked(marked.parse(source, { async: false }), name)}</div>`;
    return {
      url: `docs/${name.replace(/\.md$/, ".html")}`,
      title: words?.title && language === "ru" ? `${title}: ${words.title}` : title,
      isCode,
      html,
      words: wordsOf(`${Object.values(words ?? {}).join(" ")} ${source}`),
      isForeign: language === "ru" && !inRussian && !words,
    };
  });
}

/** Every word of a text, once: what a search looks through. */
function wordsOf(text) {
  return [...new Set(text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}._-]*/gu))].map((word) => word.replace(/[._-]+$/, "")).join(" ");
}

/** What the catalogue says of each code. */
function codeTitles(language) {
  const folder = inRepository(`crates/corsage-texts/${language}/codes`);
  const all = new Map();
  for (const name of fs.readdirSync(folder)) {
    for (const [code, words] of Object.entries(parse(fs.readFileSync(path.join(folder, name), "utf8")))) {
      if (typeof words !== "object") continue;
      all.set(code, Object.fromEntries(Object.entries(words).filter(([, one]) => typeof one === "string")));
    }
  }
  return all;
}

/** Links among the documents stay here; those to other files lead to the repository. */
function linked(html, name) {
  return html.replace(/href="([^"#:]+)(#[^"]*)?"/g, (_, target, fragment = "") => {
    const file = path.posix.normalize(path.posix.join("docs", path.posix.dirname(name), target)).replace("docs/ru/", "docs/");
    if (/^docs\/(codes\/)?[^/]+\.md$/.test(file) && !file.endsWith("codes/README.md") && fs.existsSync(inRepository(file)) && published(file)) {
      const own = path.posix.relative(path.posix.dirname(`docs/${name}`), file);
      return `href="${own.replace(/\.md$/, ".html")}${fragment}"`;
    }
    return `href="${SOURCE}${file}${fragment}"`;
  });
}

/** What is for whoever works on Corsage stays in the repository. */
const published = (file) => !["docs/design.md", "docs/benchmarks.md"].includes(file);

export function contents(language, pages) {
  const text = texts[language];
  const list = (wanted) => `<ul class="columns">${pages.filter(({ isCode }) => isCode === wanted).map(({ url, title, isForeign }) =>
    `<li><a href="${url}">${escape(title)}</a>${isForeign ? text.english : ""}</li>`).join("\n")}</ul>`;
  return `<h1>${text.docsTitle}</h1>
<label class="field"><span>${text.search}</span><input id="search" type="search" autocomplete="off"></label>
<p id="status" role="status"></p><ul id="found"></ul>
<h2>${text.guides}</h2>${list(false)}<h2>${text.codes}</h2>${list(true)}`;
}
