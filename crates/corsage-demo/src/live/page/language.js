// The page's language: named in the address, else remembered from the last choice, else the browser's.

import { h } from "./dom.js";

const KEY = "corsage-language";

/** The language that was chosen, or nothing. */
export function chosenLanguage() {
  return new URLSearchParams(location.search).get("lang") ?? remembered();
}

/** A link for each language; what is shown, the fragment, stays. */
export function languageLinks({ language, languages }) {
  return languages.map(([tag, name]) => h("a", {
    href: `?lang=${tag}`,
    lang: tag,
    hreflang: tag,
    "aria-current": tag === language ? "true" : undefined,
    onclick: (event) => {
      remember(tag);
      event.currentTarget.href = `?lang=${tag}${location.hash}`;
    },
  }, name));
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // A browser may keep a page from storing anything.
  }
}

function remember(tag) {
  try {
    localStorage.setItem(KEY, tag);
  } catch {
    // Then the address alone says it.
  }
}
