// Everything, fetched before whoever imports this runs: pages compile large modules only while they wait.
import * as glue from "./whole.js";

const module = await WebAssembly.compileStreaming(fetch(new URL("../../whole.wasm", import.meta.url)));
let ready = false;

export function engine() {
  if (!ready) {
    glue.initSync({ module });
    ready = true;
  }
  return glue;
}

/** After a trap: the next call begins anew. */
export function forget() {
  ready = false;
}
