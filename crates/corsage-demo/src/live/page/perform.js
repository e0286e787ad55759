// Performs one call of fetch and says what the script got. A classic script, because frames of
// other origins load it too, and a module would need CORS for that.
"use strict";

globalThis.corsagePerform = async function (url, init) {
  if (init.load) return performLoad(url, init);
  // What the constructor refuses never leaves the script; what fetch refuses may have been sent.
  try {
    new Request(url, init);
  } catch (error) {
    return { outcome: "thrown", error: String(error) };
  }
  try {
    const response = await fetch(url, init);
    const body = await response.text();
    return {
      outcome: response.type.startsWith("opaque") ? "opaque" : "readable",
      type: response.type,
      status: response.status,
      redirected: response.redirected,
      headers: [...response.headers],
      body,
    };
  } catch (error) {
    return { outcome: "blocked", error: String(error) };
  }
};

// Loads a URL as an element or a constructor does: open to the page, used but closed to it, or not there.
async function performLoad(url, init) {
  try {
    return { outcome: await loads[init.load](url, init), headers: [] };
  } catch (error) {
    return { outcome: "blocked", error: String(error), headers: [] };
  }
}

const loads = {
  async image(url, init) {
    const image = await loaded(document.createElement("img"), "src", url, init);
    const context = document.createElement("canvas").getContext("2d");
    context.drawImage(image, 0, 0);
    return closedOrOpen(() => context.getImageData(0, 0, 1, 1));
  },
  script: (url, init) => script(url, init),
  module: (url, init) => script(url, { ...init, type: "module" }),
  async style(url, init) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    try {
      await loaded(link, "href", url, init);
      return closedOrOpen(() => link.sheet.cssRules);
    } finally {
      link.remove();
    }
  },
  "event-source": (url) => new Promise((resolve) => {
    const source = new EventSource(url);
    const end = (outcome) => { source.close(); resolve(outcome); };
    source.onopen = () => end("readable");
    source.onerror = () => end("blocked");
  }),
  worker: (url) => new Promise((resolve, reject) => {
    const worker = new Worker(url);
    worker.onerror = (event) => { event.preventDefault(); reject(new Error("error")); };
  }),
};

async function script(url, init) {
  let message;
  const listener = (event) => { message = event.message; event.preventDefault(); };
  addEventListener("error", listener);
  const element = document.createElement("script");
  if (init.type) element.type = init.type;
  try {
    await loaded(element, "src", url, init);
    return message === "Script error." ? "opaque" : "readable";
  } finally {
    removeEventListener("error", listener);
    element.remove();
  }
}

function loaded(element, attribute, url, init) {
  return new Promise((resolve, reject) => {
    element.onload = () => resolve(element);
    element.onerror = () => reject(new Error("error"));
    for (const name of ["crossorigin", "integrity"]) {
      if (init[name] !== undefined) element.setAttribute(name, init[name]);
    }
    element.setAttribute(attribute, url);
    // An image loads without being part of the page.
    if (element.localName !== "img") document.head.append(element);
  });
}

function closedOrOpen(look) {
  try {
    look();
    return "readable";
  } catch (error) {
    if (error.name === "SecurityError") return "opaque";
    throw error;
  }
}
