// Everything, once a page asks for it.
import { fromNetwork } from "./from-network.js";

export const { engine, forget, isLoaded, load } = fromNetwork(new URL("../../whole.wasm", import.meta.url), () => import("./whole.js"));
