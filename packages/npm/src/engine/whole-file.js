// Everything, from the file beside this package's code, when it is asked for.
import { readFileSync } from "node:fs";
import * as glue from "./whole.js";

let compiled;
let ready = false;

export function engine() {
  if (!ready) {
    compiled ??= new WebAssembly.Module(readFileSync(new URL("../../whole.wasm", import.meta.url)));
    glue.initSync({ module: compiled });
    ready = true;
  }
  return glue;
}

/** After a trap: the next call begins anew. */
export function forget() {
  ready = false;
}
