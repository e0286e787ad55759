import type { IncomingMessage } from "node:http";
import type { Middleware } from "koa";
import type { Policy, PolicyOptions } from "./index.js";

/** Middleware for Koa: `app.use(cors(policy))`, before every other. */
export declare function cors(policy: Policy<IncomingMessage> | PolicyOptions<IncomingMessage>): Middleware;
