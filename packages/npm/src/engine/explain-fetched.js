// What explains and judges: there before whoever imports this runs.
import { fromNetwork } from "./from-network.js";

export const { engine, forget, isLoaded, load, speaks, speak } = fromNetwork(new URL("../../explain.wasm", import.meta.url), () => import("./explain.js"));
/** Where its texts in other languages are. */
export const texts = { ru: new URL("../../texts-ru.json", import.meta.url) };
await load();
