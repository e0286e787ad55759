import type { Policy, PolicyOptions } from "./index.js";

/** A route handler of Next.js. */
export type RouteHandler = (request: any, context: any) => Response | Promise<Response>;

/**
 * Each handler with the policy around it, and an OPTIONS that answers preflights:
 * `export const { GET, PUT, OPTIONS } = corsRoutes({ GET, PUT }, policy)`.
 */
export declare function corsRoutes<Handlers extends Record<string, RouteHandler>>(
  handlers: Handlers,
  policy: Policy<Request> | PolicyOptions<Request>,
): { [Method in keyof Handlers | "OPTIONS"]: RouteHandler };
