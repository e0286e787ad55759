export { cors } from "./node.js";
