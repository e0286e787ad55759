export { Policy, PolicyError } from "./policy.js";
export { withCors } from "./fetch.js";
