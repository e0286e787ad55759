// An account of `corsage explain --format json` as a page: verdict, the messages between page and server, browsers.
import { text } from "./language.js";

/** An element with properties and children; strings are text, never markup. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.flat().filter((child) => child !== undefined));
  return made;
}

/** What the command printed. */
export function printed({ code, stdout, stderr }) {
  const told = [stderr, stdout].filter(Boolean).join("\n").trim();
  return [element("pre", { className: code === 0 ? "good" : "bad", tabIndex: 0 }, told)];
}

export function pictured({ verdict, code, wire, browsers }) {
  return [
    element("p", { className: `verdict ${verdict === "allowed" ? "good" : "bad"}`, id: "verdict" },
      element("strong", {}, text.outcomes[verdict]), code ? [" (", element("a", { href: `docs/codes/${code}.html` }, code), ")"] : ""),
    element("h2", {}, text.wire),
    element("div", { className: "lanes", ariaHidden: "true" }, element("b", {}, text.page), element("b", {}, text.serverLane)),
    element("ol", { className: "wire" }, wire.flatMap(arrows)),
    element("h2", {}, text.browsers),
    element("table", {},
      element("thead", {}, element("tr", {}, [text.browser, text.verdict, text.prints].map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, browsers.map(row))),
  ];
}

function row({ browser, verdict, console: lines }) {
  return element("tr", {},
    element("th", { scope: "row" }, browser),
    element("td", { className: verdict === "allowed" ? "good" : "bad" }, text.verdicts[verdict]),
    element("td", {}, lines.map((line) => element("code", {}, line))));
}

/** Headers that decide; the report below has them all. */
const DECIDES = /^(origin|access-control-|content-type|cookie|authorization|vary|location)/i;

/** A sequence diagram is a list that reads well without its picture: what the browser sends, and what comes back. */
function arrows({ method, url, request_headers: sent, status, response_headers: received, failure }) {
  const lines = (headers) => (headers ?? []).filter(({ name }) => DECIDES.test(name)).map(({ name, value }) => element("code", {}, `${name}: ${value}`));
  const end = failure === undefined || failure === null ? String(status) : String(failure.text ?? failure);
  return [
    arrow("sent", `${text.page} → ${text.serverLane}`, `${method} ${url}`, lines(sent)),
    arrow(`received${failure || status >= 400 ? " refused" : ""}`, `${text.serverLane} → ${text.page}`, end, lines(received)),
  ];
}

function arrow(className, route, title, lines) {
  return element("li", { className },
    element("span", { className: "unseen" }, `${route}: `), element("b", {}, title), element("div", { className: "line", ariaHidden: "true" }), lines);
}
