// Looks through the words of the documentation's pages, once somebody searches.
import { text } from "./language.js";

const field = document.querySelector("#search");
const list = document.querySelector("#found");
const count = document.querySelector("#status");
let pages;

field.addEventListener("input", async () => {
  pages ??= await (await fetch("search.json")).json();
  const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = wanted.length === 0 ? [] : pages.filter(({ title, words }) => wanted.every((word) => `${title.toLowerCase()} ${words}`.includes(word)));
  found.sort((one, two) => Number(two.title.toLowerCase().includes(wanted[0])) - Number(one.title.toLowerCase().includes(wanted[0])));
  list.replaceChildren(...found.slice(0, 30).map(({ title, url }) => {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("a"), { href: url, textContent: title }));
    return item;
  }));
  count.textContent = wanted.length === 0 ? "" : text.found(found.length);
});
