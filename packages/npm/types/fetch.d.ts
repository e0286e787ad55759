import type { Policy, PolicyOptions } from "./index.js";

/** What is done with errors of a handler, once they are answered. */
export interface OnError<Request> {
  /** Hears of what a handler throws; `console.error` if nothing is said. */
  onError?: (error: unknown, request: Request) => void;
}

/**
 * A handler of the Fetch standard around a handler, or around an application that has one (Hono): it answers preflights,
 * and puts the headers on every response. What the handler throws is answered with 500, and with the headers.
 */
export declare function withCors<Rest extends unknown[]>(
  handler:
    | ((request: Request, ...rest: Rest) => Response | Promise<Response>)
    | { fetch(request: Request, ...rest: Rest): Response | Promise<Response> },
  policy: Policy<Request> | PolicyOptions<Request>,
  options?: OnError<Request>,
): (request: Request, ...rest: Rest) => Response | Promise<Response>;
