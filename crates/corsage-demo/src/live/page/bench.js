// The bench: a request and a policy of the user's own, predicted as they type, then tried for real.
// All of it is kept in the address's fragment.

import { fill, h, icon, outcomeBadge, t, text } from "./dom.js";
import { ask, performSteps } from "./run.js";
import { account, callCode, comparison, gates } from "./scenario_view.js";
import { diagram } from "./diagram.js";

const TYPING_PAUSE_MS = 250;

const CHOICES = {
  from: ["page", "partner", "sandbox"],
  mode: ["cors", "no-cors", "same-origin"],
  credentials: ["same-origin", "include", "omit"],
  redirect: ["follow", "error", "manual"],
};

let fields;
let state;
let outputs;
let timer;
let asked = 0;

/** Shows the bench, built on first use, filled from the fragment. */
export function openBench(section, demo) {
  state = demo;
  if (!fields) build(section);
  read(location.hash);
  predict();
}

function build(section) {
  const select = (name, options, label = (value) => value) =>
    h("select", { id: `bench-${name}`, name }, options.map((value) => h("option", { value }, label(value))));
  const field = (name, control, wide) => h("div", { class: `field ${wide ? "wide" : ""}` },
    h("label", { for: `bench-${name}` }, t(`bench_${name}`)), control);
  const methods = h("datalist", { id: "bench-methods" }, ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "patch"].map((value) => h("option", { value })));
  const paths = h("datalist", { id: "bench-paths" }, state.paths.map((value) => h("option", { value })));
  const form = h("form", { id: "bench-form", onsubmit: tryIt, oninput: changed },
    h("fieldset", { class: "fields" }, h("legend", {}, t("bench_request")),
      field("method", h("input", { id: "bench-method", name: "method", list: "bench-methods", autocomplete: "off", spellcheck: "false", autocapitalize: "off" })),
      field("path", h("input", { id: "bench-path", name: "path", list: "bench-paths", autocomplete: "off", spellcheck: "false" })),
      field("from", select("from", CHOICES.from, (value) => t(`from_${value}`))),
      field("profile", select("profile", ["chromium", "firefox", "webkit", "standard"], (value) => text(`browsers.${value}`))),
      field("headers", h("textarea", { id: "bench-headers", name: "headers", rows: "3", spellcheck: "false", placeholder: "x-request-id: 7" }), true),
      field("body", h("textarea", { id: "bench-body", name: "body", rows: "2", spellcheck: "false" }), true),
      field("mode", select("mode", CHOICES.mode)),
      field("credentials", select("credentials", CHOICES.credentials)),
      field("redirect", select("redirect", CHOICES.redirect)),
      methods, paths),
    h("fieldset", {}, h("legend", {}, t("bench_policy")),
      h("label", { class: "unseen", for: "bench-policy" }, t("bench_policy")),
      h("textarea", { id: "bench-policy", name: "policy", rows: "18", spellcheck: "false", wrap: "off" })),
    h("p", { class: "hint" }, t("bench_share")));
  const actions = h("p", { class: "actions" },
    h("button", { type: "submit", form: "bench-form", class: "primary" }, t("bench_run")),
    h("button", { type: "button", class: "quiet", onclick: reset }, t("bench_reset")));
  outputs = {
    prediction: h("section", { class: "output", "aria-live": "polite" }),
    result: h("section", { class: "output" }),
  };
  fill(section,
    h("h2", {}, t("bench_heading")), h("p", { class: "lead" }, t("bench_intro")),
    h("div", { class: "bench-columns" }, form, h("div", { class: "outputs" }, outputs.prediction, actions, outputs.result)));
  fields = Object.fromEntries([...form.elements].filter((element) => element.name).map((element) => [element.name, element]));
}

function defaults() {
  return {
    from: "page", method: "PUT", path: "/shop/items/1", headers: "x-request-id: 7", body: "blue",
    mode: "cors", credentials: "same-origin", redirect: "follow", profile: state.profile, policy: state.bench_policy,
  };
}

/** Fills the fields from `#bench&method=PUT&…`; what it does not name is as at the start. */
function read(fragment) {
  const given = new URLSearchParams(fragment.slice("#bench".length));
  for (const [name, value] of Object.entries(defaults())) fields[name].value = given.get(name) ?? value;
}

/** Writes what differs from the start into the fragment. */
function write() {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(defaults())) {
    if (fields[name].value !== value) parameters.set(name, fields[name].value);
  }
  const query = parameters.toString();
  history.replaceState(null, "", query ? `#bench&${query}` : "#bench");
}

function reset() {
  history.replaceState(null, "", "#bench");
  read(location.hash);
  fill(outputs.result);
  predict();
}

function changed() {
  write();
  clearTimeout(timer);
  timer = setTimeout(predict, TYPING_PAUSE_MS);
}

/** What the fields say, as a call of the scenario list's form. */
function experiment() {
  const headers = {};
  for (const line of fields.headers.value.split("\n")) {
    const colon = line.indexOf(":");
    if (line.trim()) headers[line.slice(0, Math.max(colon, 0)).trim()] = line.slice(colon + 1).trim();
  }
  const call = {
    to: "bench", path: fields.path.value || "/", method: fields.method.value,
    headers, mode: fields.mode.value, credentials: fields.credentials.value, redirect: fields.redirect.value,
  };
  if (fields.body.value && !/^(get|head)$/i.test(call.method)) call.body = fields.body.value;
  return { from: fields.from.value, call, policy: fields.policy.value, profile: fields.profile.value };
}

async function predict() {
  const turn = ++asked;
  const asking = experiment();
  let answer;
  try {
    answer = await ask("/demo/bench", asking);
  } catch (error) {
    answer = { problems: error.message };
  }
  if (turn !== asked) return;
  fill(outputs.prediction, ...predictionView(asking, answer));
}

function predictionView(asking, answer) {
  const heading = h("h3", {}, t("predicted_for", { browser: text(`browsers.${asking.profile}`) }));
  if (answer.problems) {
    return [heading, h("p", { class: "badge blocked" }, icon("cross"), t("bench_invalid")), h("pre", { class: "code problems", tabindex: "0" }, answer.problems)];
  }
  const { predicted } = answer;
  const sent = predicted.wire.length
    ? h("ol", { class: "sent" }, predicted.wire.map((request) => h("li", {}, h("code", {}, `${request.method} ${request.path}`))))
    : h("p", { class: "sent none" }, t("nothing_sent"));
  return [heading, outcomeBadge(predicted.outcome), sent,
    h("pre", { class: "code", tabindex: "0" }, callCode(asking.call, state.places)),
    account({ predicted }, asking.profile)];
}

async function tryIt(event) {
  event.preventDefault();
  const asking = { ...experiment(), profile: state.profile };
  fill(outputs.result, h("h3", {}, t("bench_result")), h("p", { class: "pending" }, icon("clock"), t("running")));
  try {
    const { problems } = await ask("/demo/bench/policy", { policy: asking.policy });
    if (problems) return fill(outputs.result, h("h3", {}, t("bench_result")), h("p", {}, t("bench_invalid")));
    const performed = await performSteps(asking.from, [asking.call], state.places);
    const result = await ask("/demo/judge", { bench: asking, ...performed });
    const [step] = result.steps;
    fill(outputs.result, h("h3", {}, t("bench_result")),
      h("p", { class: `verdict ${step.agree ? "agrees" : "differs"}` }, icon(step.agree ? "check" : "cross"), t(step.agree ? "bench_agrees" : "bench_differs")),
      gates(step), comparison(step, result.profile), diagram(step));
  } catch (error) {
    fill(outputs.result, h("h3", {}, t("bench_result")), h("p", { class: "badge blocked" }, icon("cross"), `${t("lost")} ${error.message}`));
  }
}
