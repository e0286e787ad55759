// The engines of the npm package, as they are.
export { load, run, speak } from "./corsage/run.js";
export { engine as explaining } from "./corsage/engine/explain-fetched.js";
