// The playground's form: what is typed is answered, and a link holds it.
import { answers } from "./answers.js";
import { text } from "./language.js";
import { element } from "./picture.js";

const form = document.querySelector("#play");
const output = document.querySelector("#account");
const status = document.querySelector("#status");
/** Typing is answered once it rests that long, in milliseconds. */
const PAUSE = 120;
let archive;
let asked = 0;

const value = (name) => form.elements[name].value;
const kind = () => value("kind");

async function show() {
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind());
  const own = ++asked;
  const start = performance.now();
  let shown;
  try {
    shown = answers[kind()]({ value, archive });
    if (shown instanceof Promise) {
      status.textContent = text.loading;
      shown = await shown;
    }
  } catch (error) {
    shown = [element("pre", { className: "bad" }, String(error.message ?? error))];
  }
  // What was typed since is answered by a later call.
  if (own !== asked) return;
  output.replaceChildren(...shown);
  status.textContent = text.elapsed(Math.max(1, Math.round(performance.now() - start)));
  output.dataset.ready = String(Number(output.dataset.ready ?? 0) + 1);
}

/** What of the form a link holds. */
function state() {
  const fields = {};
  for (const { name, value, type } of form.elements) if (name && type !== "file" && type !== "radio" && value !== "") fields[name] = value;
  return { ...fields, kind: kind() };
}

function restore() {
  if (location.hash.length < 2) return;
  try {
    for (const [name, text] of Object.entries(JSON.parse(decodeURIComponent(location.hash.slice(1))))) {
      if (form.elements[name] && form.elements[name].type !== "file" && typeof text === "string") form.elements[name].value = text;
    }
  } catch {
    // A fragment of somebody else's, or half a link: the form stays as it is.
  }
}

form.addEventListener("submit", (event) => event.preventDefault());
let timer;
form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE);
});
form.elements.har.addEventListener("change", async ({ target }) => {
  archive = target.files.length > 0 ? new Uint8Array(await target.files[0].arrayBuffer()) : undefined;
  show();
});
document.querySelector("#share").addEventListener("click", async () => {
  if (kind() === "har") return void (status.textContent = text.unshared);
  history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(state()))}`);
  await navigator.clipboard?.writeText(location.href).catch(() => {});
  status.textContent = text.shared;
});
addEventListener("hashchange", () => {
  restore();
  show();
});
restore();
show();
