import type { MiddlewareHandler } from "hono";
import type { Policy, PolicyOptions } from "./index.js";

/** Middleware for Hono: `app.use(cors(policy))`, before every other. */
export declare function cors(policy: Policy<Request> | PolicyOptions<Request>): MiddlewareHandler;
export { withCors } from "./fetch.js";
