// Makes site/dist: static pages in two languages, a playground, lessons and the documentation, with the engines of
// packages/npm (build that first).
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { contents, documentation } from "./build/documentation.mjs";
import { lessons } from "./build/lessons.mjs";
import { escape, texts } from "./build/markup.mjs";
import { playground } from "./build/playground.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const engine = path.join(here, "../packages/npm/dist");
const dist = path.join(here, "dist");
/** What the playground may weigh on the wire in English, in bytes. */
const MOST_BYTES = 700 * 1024;
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'";
/** The package's code that a page runs, and the engines beside it. */
const ENGINE_CODE = ["run", "engine/from-network", "engine/explain-fetched", "engine/explain", "engine/whole-fetched", "engine/whole"];

fs.rmSync(dist, { recursive: true, force: true });
copyEngine();
fs.cpSync(path.join(here, "src"), dist, { recursive: true });
for (const language of ["en", "ru"]) {
  const folder = language === "en" ? "" : `${language}/`;
  const pages = documentation(language);
  write(`${folder}index.html`, page(language, "index.html", texts[language].title, playground(language), "start.js"));
  write(`${folder}lessons.html`, page(language, "lessons.html", texts[language].lessonsTitle, lessons(language)));
  write(`${folder}docs.html`, page(language, "docs.html", texts[language].docsTitle, contents(language, pages), "search.js"));
  for (const { url, title, html } of pages) write(folder + url, page(language, url, title, html));
  write(`${folder}search.json`, JSON.stringify(pages.map(({ url, title, words }) => ({ url, title, words }))));
}
weigh();

function copyEngine() {
  for (const name of ENGINE_CODE) {
    const text = fs.readFileSync(path.join(engine, `esm/${name}.js`), "utf8")
      .replace(/"#(explain|whole)-engine"/g, '"./engine/$1-fetched.js"')
      .replace(/"\.\.\/\.\.\/([^"]+\.(wasm|json))"/g, '"../$1"')
      // Nobody reads comments in what a machine has written.
      .replace(/^ *\/\*\*[^]*?\*\/\n/gm, "");
    write(`corsage/${name}.js`, text);
  }
  for (const name of ["explain.wasm", "whole.wasm", "texts-ru.json"]) fs.copyFileSync(path.join(engine, name), path.join(dist, "corsage", name));
}

function page(language, url, title, main, script) {
  const text = texts[language];
  const up = "../".repeat(url.split("/").length - 1 + (language === "en" ? 0 : 1)) || "./";
  const own = "../".repeat(url.split("/").length - 1) || "./";
  const other = language === "en" ? "ru" : "en";
  const otherUrl = language === "en" ? `${up}ru/${url}` : `${up}${url}`;
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${CSP}">
<meta name="referrer" content="no-referrer">
<title>${escape(title)}</title>
<link rel="stylesheet" href="${up}style.css">
<link rel="icon" href="${up}icon.svg">
<link rel="alternate" hreflang="${other}" href="${otherUrl}">
<body>
<a class="skip" href="#main">${text.skip}</a>
<header><nav><b>Corsage</b>
<a href="${own}index.html">${text.playground}</a> <a href="${own}lessons.html">${text.lessons}</a> <a href="${own}docs.html">${text.docs}</a>
<a href="${otherUrl}" hreflang="${other}" lang="${other}">${text.other}</a></nav></header>
<main id="main">
${main}
</main>
${script ? `<script type="module" src="${up}${script}"></script>` : ""}
</body>
</html>
`;
}

/** What is fetched before the first answer, in each language, and what JavaScript or a configuration adds. */
function weigh() {
  const size = (name) => gzipSync(fs.readFileSync(path.join(dist, name)), { level: 9 }).length;
  const sum = (...names) => names.map(size).reduce((sum, one) => sum + one, 0);
  const inKib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`;
  const scripts = ["start", "engine", "language", "play", "answers", "picture"].map((name) => `${name}.js`);
  const engine = ENGINE_CODE.filter((name) => name !== "engine/whole").map((name) => `corsage/${name}.js`);
  const both = sum("style.css", "icon.svg", ...scripts, ...engine, "corsage/explain.wasm");
  const english = both + sum("index.html", "texts/en.js");
  const russian = both + sum("ru/index.html", "texts/ru.js", "corsage/texts-ru.json");
  const larger = sum("corsage/engine/whole.js", "corsage/whole.wasm");
  console.log(`the playground: ${inKib(english)} (gzip), ${inKib(MOST_BYTES)} are let; in Russian ${inKib(russian)}; for JavaScript and configurations ${inKib(larger)} besides`);
  if (english > MOST_BYTES) throw new Error("the playground is too large");
}

function write(name, content) {
  const file = path.join(dist, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}
