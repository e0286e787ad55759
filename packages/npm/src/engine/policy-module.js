// Cloudflare's runtime compiles no bytes, and imports modules.
import module from "../../policy.wasm";
import { initSync } from "./policy.js";

initSync({ module });
export { Policy } from "./policy.js";
