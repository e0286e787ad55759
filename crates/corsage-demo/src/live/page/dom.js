// Building the page: elements from data, never HTML from strings.

let texts = {};

/** Sets the catalogue that `text` reads. */
export function speak(catalogue) {
  texts = catalogue;
}

/** The text at a dotted path, with {name} filled in. */
export function text(path, values = {}) {
  const found = path.split(".").reduce((table, key) => table?.[key], texts);
  if (typeof found !== "string") return path;
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A text of the page itself. */
export const t = (key, values) => text(`page.${key}`, values);

/** An element: h("p", { class: "x" }, "text", child …). Empty children are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...shown(children));
  return element;
}

/** The children that are there; the DOM would write the others as words. */
const shown = (children) => children.flat(3).filter((child) => child !== null && child !== undefined && child !== false);

/** Gives an element new children in place of all it had. */
export function fill(element, ...children) {
  element.replaceChildren(...shown(children));
}

/** Text in which `backticks` mark code. */
export function rich(source) {
  return source.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));
}

/** A text for screen readers only. */
export const unseen = (...children) => h("span", { class: "unseen" }, ...children);

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  lock: "M5 9V6.5a5 5 0 0 1 10 0V9h1v9H4V9zm2 0h6V6.5a3 3 0 0 0-6 0z",
  check: "M8.2 15.6 3 10.4l1.7-1.7 3.5 3.5 7.1-7.1L17 6.8z",
  cross: "m5.2 3.8 4.8 4.8 4.8-4.8 1.4 1.4-4.8 4.8 4.8 4.8-1.4 1.4-4.8-4.8-4.8 4.8-1.4-1.4L8.6 10 3.8 5.2z",
  veil: "M10 4c4.3 0 7.6 3.2 9 6-1.4 2.8-4.7 6-9 6s-7.6-3.2-9-6c1.4-2.8 4.7-6 9-6m0 2.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7",
  clock: "M10 2a8 8 0 1 1 0 16 8 8 0 0 1 0-16m-1 3v5.6l4.2 2.5 1-1.7-3.2-1.9V5z",
};

/** A small picture beside a text that says the same. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

/** What an outcome looks like. */
export const OUTCOME_ICONS = { readable: "check", opaque: "veil", blocked: "lock", thrown: "cross" };

/** A badge for an outcome: shape and word, colour last. */
export function outcomeBadge(outcome) {
  return h("span", { class: `badge ${outcome}` }, icon(OUTCOME_ICONS[outcome] ?? "clock"), text(`outcomes.${outcome}`));
}
