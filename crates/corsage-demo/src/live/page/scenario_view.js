// One scenario in full: its story, the call, what was predicted beside what happened, the exchange.

import { h, icon, outcomeBadge, rich, t, text, unseen } from "./dom.js";
import { diagram, isPreflight } from "./diagram.js";
import { initOf } from "./run.js";

/** The call as a script would write it. */
export function callCode(call, places) {
  const url = JSON.stringify(`${places[call.to ?? "api"]}${call.path}`);
  const init = initOf(call);
  if (init.load) return loadCode(url, init);
  const members = Object.entries(init).map(([name, value]) => `  ${name}: ${literal(value)},`);
  return members.length ? `fetch(${url}, {\n${members.join("\n")}\n})` : `fetch(${url})`;
}

/** A load as a page would write it. */
function loadCode(url, { load, crossorigin, integrity }) {
  const attributes = Object.entries({ crossorigin, integrity }).filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).join("");
  return {
    image: `<img src=${url}${attributes}>`,
    script: `<script src=${url}${attributes}></script>`,
    module: `<script type="module" src=${url}${attributes}></script>`,
    style: `<link rel="stylesheet" href=${url}${attributes}>`,
    "event-source": `new EventSource(${url})`,
    worker: `new Worker(${url})`,
  }[load];
}

function literal(value) {
  if (typeof value !== "object") return JSON.stringify(value);
  const pairs = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}: ${JSON.stringify(inner)}`);
  return `{ ${pairs.join(", ")} }`;
}

function sentSummary(requests) {
  if (requests.length === 0) return h("p", { class: "sent none" }, t("nothing_sent"));
  return h("ol", { class: "sent" }, requests.map((request) => h("li", {}, h("code", {}, request))));
}

/** One side of the comparison. */
function side(heading, outcome, requests) {
  const facts = [];
  // An element tells of no response.
  if (outcome.status !== undefined) {
    facts.push([t("fact_status"), String(outcome.status)], [t("fact_type"), outcome.type]);
  }
  if (outcome.outcome === "readable") {
    const own = outcome.headers.map(([name]) => name).filter((name) => name.startsWith("x-"));
    if (own.length) facts.push([t("fact_headers"), own.join(", ")]);
    if (outcome.body) facts.push([t("body"), outcome.body]);
  }
  if (outcome.blockers?.length) facts.push([t("fact_code"), outcome.blockers[0].code]);
  else if (outcome.error) facts.push([t("fact_error"), outcome.error.replace(/^TypeError: /, "")]);
  return h("section", { class: "side" },
    h("h4", {}, heading), outcomeBadge(outcome.outcome), sentSummary(requests),
    h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
}

/** The three questions, in the order in which they matter: browsers answer the last one only. */
export function gates(step) {
  const requests = step.wire.filter((exchange) => !isPreflight(exchange));
  const answers = {
    asked: step.wire.some(isPreflight),
    sent: requests.length > 0,
    executed: requests.some((exchange) => exchange.reached_api),
    readable: step.happened.outcome === "readable",
  };
  return h("dl", { class: "gates" }, Object.entries(answers).map(([gate, yes]) =>
    h("div", { class: yes ? "yes" : "no" }, h("dt", {}, t(`gate_${gate}`)),
      h("dd", {}, icon(yes ? "check" : "cross"), t(yes ? "yes" : "no")))));
}

/** Predicted and happened, side by side. */
export function comparison(step, browser) {
  const seen = step.wire.map((exchange) => (isPreflight(exchange) ? "OPTIONS" : exchange.method) + " " + exchange.path);
  const foreseen = step.predicted.wire.map((request) => `${request.method} ${request.path}`);
  return h("div", { class: "comparison" },
    side(t("predicted_for", { browser: text(`browsers.${browser}`) }), step.predicted, foreseen),
    h("div", { class: `agreement ${step.agree ? "agrees" : "differs"}` },
      icon(step.agree ? "check" : "cross"), h("span", {}, step.agree ? t("agrees") : t("differs"))),
    side(t("happened"), step.happened, seen),
    step.differences.length > 0 && h("ul", { class: "differences" }, step.differences.map((line) => h("li", {}, line))));
}

/** Why it was blocked, what consoles print, what to change. */
export function account(step, browser) {
  const { blockers, notes } = step.predicted;
  if (blockers.length === 0 && notes.length === 0) return null;
  return h("section", { class: "account" },
    h("h3", {}, t("cause")),
    h("ol", { class: "blockers" }, blockers.map((blocker) => h("li", {},
      h("p", {}, h("code", { class: "code-name" }, blocker.code), " ", h("strong", {}, rich(blocker.title))),
      h("p", {}, rich(blocker.cause)),
      blocker.fix && h("p", { class: "fix" }, h("strong", {}, `${t("fix")} `), rich(blocker.fix)),
      blocker.console && h("details", { class: "console" },
        h("summary", {}, t("console", { browser: text(`browsers.${browser}`) })), h("pre", { tabindex: "0" }, blocker.console))))),
    notes.map((note) => h("p", { class: "note" }, h("code", { class: "code-name" }, note.code), " ", rich(note.cause))));
}

/** A scenario's article. `result` is absent while it runs. */
export function scenarioView(scenario, result, state, actions) {
  const { places, policies } = state;
  const title = text(`scenarios.${scenario.id}.title`);
  const steps = scenario.steps.map((call, index) => {
    const step = result?.steps[index];
    const policy = call.to !== "bare" && policies.find((policy) => policy.covers.includes(call.path));
    return h("section", { class: "step" },
      scenario.steps.length > 1 && h("h3", {}, t("step", { n: String(index + 1), count: String(scenario.steps.length) })),
      h("div", { class: "sources" },
        h("figure", {}, h("figcaption", {}, t(`call_from_${scenario.from}`)), h("pre", { class: "code", tabindex: "0" }, h("code", {}, callCode(call, places)))),
        h("figure", {}, h("figcaption", {}, t("policy_for")),
          policy ? h("pre", { class: "code", tabindex: "0" }, h("code", {}, policy.text)) : h("p", { class: "none" }, t("policy_none")))),
      step ? [gates(step), comparison(step, result.profile), h("h3", { class: "wire-heading" }, t("wire_heading")), diagram(step), account(step, result.profile)]
        : h("p", { class: "pending" }, icon("clock"), t("running")));
  });
  return [
    h("header", { class: "detail-head" },
      h("p", { class: "crumb" }, text(`groups.${scenario.group}`)),
      h("h2", {}, rich(title)),
      h("p", { class: "lead" }, rich(text(`scenarios.${scenario.id}.story`))),
      h("p", { class: "actions" },
        h("button", { type: "button", class: "quiet", onclick: () => actions.run(scenario) }, t("run_one"), unseen(` ${title}`)),
        h("a", { class: "step-link", href: `#${actions.before(scenario).id}` }, `← ${t("previous")}`),
        h("a", { class: "step-link", href: `#${actions.after(scenario).id}` }, `${t("next")} →`))),
    ...steps,
  ];
}
