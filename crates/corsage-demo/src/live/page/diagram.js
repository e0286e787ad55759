// The exchange as a sequence diagram: page, browser, gateway, API, and what passed between them.
//
// It is an ordered list, so that it reads well without a picture; the lanes are style.

import { h, icon, rich, t, unseen } from "./dom.js";

const LANES = ["page", "browser", "gateway", "api"];

/** Headers that decide, or that a reader of CORS looks for. The rest is one click away. */
function matters(name, value, exposed) {
  return name.startsWith("access-control-") || exposed.has(name)
    || ["origin", "cookie", "set-cookie", "location", "vary", "authorization"].includes(name)
    || (name.startsWith("x-") && !name.startsWith("x-forwarded"))
    || (name === "content-type" && value === "application/json");
}

function headerLines(headers, kind, exposed) {
  const line = ([name, value]) => h("li", {}, h("span", { class: "name" }, name), ": ", h("span", { class: "value" }, value));
  const shown = headers.filter(([name, value]) => matters(name, value, exposed));
  const rest = headers.length - shown.length;
  return [
    shown.length > 0 && h("ul", { class: "headers" }, shown.map(line)),
    rest > 0 && h("details", { class: "all" },
      h("summary", {}, t("headers_more", { count: String(rest) }), unseen(`, ${kind}`)),
      h("ul", { class: "headers" }, headers.map(line))),
  ];
}

/** One arrow: from a lane to a lane, with a title and lines below. */
function message(from, to, kind, title, ...below) {
  const names = { from: t(`lane_${LANES[from]}`), to: t(`lane_${LANES[to]}`) };
  const direction = from < to ? "right" : "left";
  return h("li", { class: `message ${direction} ${kind} from-${LANES[from]} to-${LANES[to]}` },
    h("span", { class: "route" }, t("message", names)),
    h("div", { class: "arrow" }, h("span", { class: "title" }, title)),
    below.length > 0 && h("div", { class: "below" }, ...below));
}

/** Something that the browser does by itself. */
function remark(kind, picture, ...content) {
  return h("li", { class: `remark ${kind}` }, icon(picture), h("div", {}, ...content));
}

/** `home` is the origin that was asked first; any other is named on its arrow. */
function exchangeMessages(exchange, home, exposed) {
  const preflight = isPreflight(exchange);
  const rows = [message(1, 2, preflight ? "preflight" : "request",
    [h("strong", {}, exchange.method), " ", exchange.target_origin === home ? "" : exchange.target_origin, exchange.path], headerLines(exchange.request_headers, exchange.method, exposed))];
  const redirect = exchange.status >= 300 && exchange.status < 400;
  const kind = exchange.status >= 400 ? "error" : redirect ? "redirect" : "answer";
  if (exchange.reached_api) {
    rows.push(message(2, 3, "request", [h("strong", {}, exchange.method)]));
    rows.push(message(3, 2, kind, [h("strong", {}, String(exchange.status))]));
  }
  rows.push(message(2, 1, kind, [h("strong", {}, String(exchange.status)),
    preflight && !exchange.reached_api && h("span", { class: "aside" }, ` ${t("answers_itself")}`)],
  headerLines(exchange.response_headers, String(exchange.status), exposed)));
  return rows;
}

/** Whether a request only asks for permission. */
export function isPreflight(exchange) {
  return exchange.method === "OPTIONS"
    && exchange.request_headers.some(([name]) => name === "access-control-request-method");
}

function lockText(blocker) {
  if (blocker.at === "before-sending") return t("lock_before");
  if (blocker.at === "preflight") return t("lock_preflight");
  if (blocker.code.startsWith("redirect-")) return t("lock_redirect");
  return t("lock_read");
}

function ending(happened) {
  if (happened.outcome === "blocked" || happened.outcome === "thrown") {
    return message(1, 0, "error", [h("strong", {}, t("rejected"))]);
  }
  const exposed = (happened.headers ?? []).map(([name, value]) =>
    h("li", {}, h("span", { class: "name" }, name), ": ", h("span", { class: "value" }, value)));
  return message(1, 0, happened.outcome === "opaque" ? "veiled" : "answer",
    [h("strong", {}, String(happened.status)), ` ${happened.type}`],
    happened.body ? h("p", { class: "bytes" }, happened.body) : null,
    exposed.length > 0 && h("details", { class: "all", open: exposed.length < 4 },
      h("summary", {}, t("readable_headers")), h("ul", { class: "headers" }, exposed)));
}

/** The diagram of one call: what happened, with the prediction's reasons where it ended. */
export function diagram(step) {
  const blocker = step.predicted.blockers[0];
  const exposed = new Set((step.happened.headers ?? []).map(([name]) => name)
    .filter((name) => !["content-type", "cache-control", "content-length"].includes(name)));
  const rows = [message(0, 1, "call", [h("strong", {}, "fetch")])];
  if (step.predicted.notes.some((note) => note.code === "preflight-cache-hit")) {
    rows.push(remark("cached", "clock", t("cached")));
  }
  rows.push(...step.wire.flatMap((exchange) => exchangeMessages(exchange, step.wire[0].target_origin, exposed)));
  if (step.happened.outcome === "blocked" && blocker) {
    rows.push(remark("lock", "lock", h("p", {}, h("strong", {}, lockText(blocker))), h("p", {}, rich(blocker.title))));
  }
  rows.push(ending(step.happened));
  return h("div", { class: "sequence" },
    h("div", { class: "lanes", "aria-hidden": "true" }, LANES.map((lane) =>
      h("span", { class: `lane lane-${lane}` }, t(`lane_${lane}`)))),
    h("ol", { class: "messages" }, rows));
}
