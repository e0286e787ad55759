// What explains and judges.
import * as glue from "./explain.js";
import { fromFile } from "./from-file.js";

export const { engine, forget, isLoaded, load, speaks, speak } = fromFile(new URL("../../explain.wasm", import.meta.url), glue);
export const texts = {};
