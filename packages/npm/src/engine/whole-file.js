// Everything.
import { fromFile } from "./from-file.js";
import * as glue from "./whole.js";

export const { engine, forget, isLoaded, load } = fromFile(new URL("../../whole.wasm", import.meta.url), glue);
