// The page: loads the scenarios, performs them, and shows what the address's fragment names.

import { fill, h, icon, OUTCOME_ICONS, rich, speak, t, text, unseen } from "./dom.js";
import { ask, askIn, performSteps, warmUp } from "./run.js";
import { chosenLanguage, languageLinks } from "./language.js";
import { scenarioView } from "./scenario_view.js";
import { openBench } from "./bench.js";

const byId = (id) => document.getElementById(id);
const results = new Map();
let state;

async function start() {
  askIn(chosenLanguage());
  state = await ask("/demo/state");
  askIn(state.language);
  speak(state.texts);
  document.documentElement.lang = state.language;
  byId("languages").append(...languageLinks(state));
  document.title = t("title");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  byId("browser").textContent = state.browser;
  byId("policy-text").textContent = state.policy_text;
  byId("places").append(...["page", "api", "localhost", "partner", "bare", "bench"].map((name) =>
    h("div", {}, h("dt", {}, t(`place_${name}`)), h("dd", {}, h("code", {}, state.places[name])))));
  byId("run-all").addEventListener("click", () => runAll().catch(lost));
  addEventListener("hashchange", () => show(true));
  renderList();
  show(false);
  await runAll();
}

/** Runs one scenario and has it judged. */
async function run(scenario) {
  results.delete(scenario.id);
  render(scenario);
  const performed = await performSteps(scenario.from, scenario.steps, state.places);
  const result = await ask("/demo/judge", { scenario: scenario.id, ...performed });
  results.set(scenario.id, result);
  render(scenario);
}

async function runAll() {
  results.clear();
  renderList();
  if (state.profile === "firefox") await warmUp(state.places);
  // What is being looked at comes first.
  const first = selected();
  for (const scenario of [first, ...state.scenarios.filter((other) => other !== first)]) await run(scenario);
  await ask("/demo/report", {
    results: state.scenarios.map(({ id }) => ({ id, agree: results.get(id).agree, differences: results.get(id).steps.flatMap((step) => step.differences) })),
  });
  document.documentElement.dataset.done = "true";
}

function render(scenario) {
  renderEntry(scenario);
  renderSummary();
  if (selected() === scenario) renderDetail();
}

function renderSummary() {
  const count = state.scenarios.length;
  const done = results.size;
  const agree = [...results.values()].filter((result) => result.agree).length;
  const summary = byId("summary");
  const finished = done === count;
  summary.className = `summary ${finished ? (agree === count ? "agrees" : "differs") : "busy"}`;
  fill(summary,
    icon(finished ? (agree === count ? "check" : "cross") : "clock"),
    finished ? t("summary", { agree: String(agree), count: String(count) })
      : t("summary_running", { done: String(done), count: String(count) }));
}

function renderList() {
  const groups = [...new Set(state.scenarios.map((scenario) => scenario.group))];
  fill(byId("list"), ...groups.map((group) => h("section", {},
    h("h3", {}, text(`groups.${group}`)),
    h("ul", {}, state.scenarios.filter((scenario) => scenario.group === group).map((scenario) =>
      h("li", { id: `entry-${scenario.id}` }))))));
  state.scenarios.forEach(renderEntry);
  renderSummary();
}

function renderEntry(scenario) {
  const result = results.get(scenario.id);
  const last = result?.steps.at(-1).happened.outcome;
  fill(byId(`entry-${scenario.id}`), h("a", {
    href: `#${scenario.id}`,
    class: `entry ${last ?? "waiting"} ${result && !result.agree ? "differs" : ""}`,
    "aria-current": selected() === scenario ? "page" : undefined,
  },
  icon(last ? OUTCOME_ICONS[last] : "clock"),
  h("span", { class: "entry-title" }, rich(text(`scenarios.${scenario.id}.title`))),
  unseen(`, ${last ? text(`outcomes.${last}`) : t("waiting")}`),
  result && h("span", { class: "entry-agree" }, result.agree ? [icon("check"), unseen(t("agrees"))] : [icon("cross"), t("differs")])));
}

/** The scenario that the fragment names, or the first. */
function selected() {
  const id = location.hash.slice(1);
  return state.scenarios.find((scenario) => scenario.id === id) ?? state.scenarios[0];
}

function renderDetail() {
  const scenario = selected();
  const { scenarios } = state;
  const at = scenarios.indexOf(scenario);
  fill(byId("detail"), ...scenarioView(scenario, results.get(scenario.id), state, {
    run: (scenario) => run(scenario).catch(lost),
    before: () => scenarios.at(at - 1),
    after: () => scenarios[(at + 1) % scenarios.length],
  }));
}

/** Shows the view that the fragment names: `#bench…`, `#policy`, or a scenario. */
function show(moved) {
  const fragment = location.hash.slice(1);
  const view = fragment.startsWith("bench") ? "bench" : fragment === "policy" ? "policy" : "scenarios";
  for (const section of document.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== view;
  for (const tab of document.querySelectorAll("[data-tab]")) {
    if (tab.dataset.tab === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (view === "bench") openBench(byId("view-bench"), state);
  if (view === "scenarios") {
    state.scenarios.forEach(renderEntry);
    renderDetail();
    if (moved && state.scenarios.some(({ id }) => id === fragment)) {
      byId("detail").focus({ preventScroll: true });
      if (byId("detail").getBoundingClientRect().top < 0) byId("detail").scrollIntoView();
    }
  }
}

function lost(error) {
  console.error(error);
  const summary = byId("summary");
  summary.className = "summary differs";
  fill(summary, icon("cross"), error instanceof TypeError ? t("lost") : error.message);
}

start().catch(lost);
