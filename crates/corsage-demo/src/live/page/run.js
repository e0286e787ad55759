// Performing calls in this browser: from this page, or from a frame of another origin.

const frames = new Map();
const waiting = new Map();
let serial = 0;

/** A frame of this machine is there at once, or never. */
const FRAME_TIMEOUT_MS = 10_000;

addEventListener("message", (event) => {
  for (const frame of frames.values()) {
    if (event.source !== frame.element.contentWindow) continue;
    if (event.data.ready) frame.ready();
    else waiting.get(event.data.id)?.(event.data.observation);
  }
});

/** The frame of a kind of page, loaded once. */
function frameOf(from, places) {
  if (!frames.has(from)) {
    const element = document.createElement("iframe");
    element.title = from;
    if (from === "sandbox") element.setAttribute("sandbox", "allow-scripts");
    element.src = from === "partner" ? `${places.partner}/demo/frame` : "/demo/frame";
    const frame = { element };
    frame.loaded = new Promise((resolve, reject) => {
      frame.ready = resolve;
      setTimeout(() => reject(new Error(`frame: ${from}`)), FRAME_TIMEOUT_MS);
    });
    frames.set(from, frame);
    document.getElementById("frames").append(element);
  }
  return frames.get(from);
}

/** What a page of that kind gets from fetch(url, init). */
async function perform(from, places, url, init) {
  if (from === "page") return globalThis.corsagePerform(url, init);
  const frame = frameOf(from, places);
  await frame.loaded;
  const id = ++serial;
  const target = from === "partner" ? places.partner : "*";
  return new Promise((resolve) => {
    waiting.set(id, (observation) => {
      waiting.delete(id);
      resolve(observation);
    });
    frame.element.contentWindow.postMessage({ id, url, init }, target);
  });
}

/** A call's init, as the scenario list has it. */
export function initOf(call) {
  const init = {};
  for (const name of ["method", "headers", "body", "mode", "credentials", "redirect", "load", "crossorigin", "integrity"]) {
    if (call[name] !== undefined) init[name] = call[name];
  }
  return init;
}

/** The address of a call; its query tells runs apart. */
export function urlOf(call, places, run) {
  const url = new URL(call.path, places[call.to ?? "api"]);
  url.searchParams.append("run", run);
  return url.href;
}

/** Performs all steps, one after another: what the script got, and how much had been sent by then. */
export async function performSteps(from, steps, places) {
  const { run } = await ask("/demo/run", {});
  const observations = [];
  for (const call of steps) {
    const observation = await perform(from, places, urlOf(call, places, run), initOf(call));
    const { seen } = await ask(`/demo/seen?run=${run}`);
    observations.push({ ...observation, seen });
  }
  return { run, observations };
}

/**
 * Makes the browser's preflight cache work as it will from then on. Measured in Firefox 153: in a
 * new process, the first two requests that a stored preflight would cover are preflighted all the
 * same. That is allowed (entries may be removed early), and no prediction can know of it.
 */
export async function warmUp(places) {
  const call = { path: "/shop/items/2", method: "PUT", body: "warm" };
  await performSteps("page", [call, call, call, call], places);
}

let language;

/** Says in which language the server is to answer; the browser's own, if in none. */
export function askIn(tag) {
  language = tag;
}

/** Asks the demo's own server. */
export async function ask(path, body) {
  const init = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const url = new URL(path, location.href);
  if (language) url.searchParams.append("lang", language);
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
