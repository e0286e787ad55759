// A page of another origin: performs what its parent asks for, and reports back. Only the demo's
// page can be the parent: the response's frame-ancestors says so.
"use strict";

addEventListener("message", async (event) => {
  if (event.source !== parent) return;
  const { id, url, init } = event.data;
  const observation = await globalThis.corsagePerform(url, init);
  parent.postMessage({ id, observation }, event.origin);
});
parent.postMessage({ ready: true }, "*");
