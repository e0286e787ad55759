// The server's half, as text in a module of its own: no bundler and no server has to know of a file beside it.
import { initSync } from "./policy.js";
import { base64 } from "./policy-base64.js";

initSync({ module: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) });
export { Policy } from "./policy.js";
